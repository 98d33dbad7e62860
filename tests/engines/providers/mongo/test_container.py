from __future__ import annotations

from contextlib import closing
from urllib.parse import urlsplit

import pytest
from pymongo.errors import OperationFailure

from optimizer.engines.mongo.client import client
from optimizer.engines.providers.mongo.container import Container
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.engines.providers.mongo.providers import MONGO_PROVIDERS
from optimizer.engines.values import ServerRequest
from tests.engines.providers.container_contract import ContainerContract


class TestContainer(ContainerContract):
    provider = Container()
    providers = MONGO_PROVIDERS
    request = ServerRequest("container", memory_bytes=256 << 20)
    too_much = 1 << 60
    complaint = "cacheSizeGB must be less than"

    @pytest.fixture
    def embedded(self, mongod: MongoEndpoint) -> MongoEndpoint:
        return mongod

    def password_of(self, endpoint: MongoEndpoint) -> str:
        password = urlsplit(endpoint.uri).password
        assert password is not None
        return password

    def check(self, endpoint: MongoEndpoint) -> None:
        with closing(client(endpoint.uri)) as connected:
            status = connected.admin.command("serverStatus")
            assert status["wiredTiger"]["cache"]["maximum bytes configured"] == 256 << 20
            assert connected.admin.command("getParameter", ttlMonitorEnabled=1)["ttlMonitorEnabled"] is False
            with connected.start_session() as session, session.start_transaction():
                connected.shop.rows.insert_one({"_id": 1}, session=session)
            assert connected.shop.rows.find_one() == {"_id": 1}
            assert list(endpoint.version) == connected.server_info()["versionArray"][:3]

    def check_that_strangers_are_refused(self, endpoint: MongoEndpoint) -> None:
        password = self.password_of(endpoint)
        wrong = endpoint.uri.replace(password, "wrong")
        nobody = endpoint.uri.replace(f"root:{password}@", "")
        for uri, answer in ((wrong, "Authentication failed"), (nobody, "requires authentication")):
            with closing(client(uri)) as connected, pytest.raises(OperationFailure, match=answer):
                connected.list_database_names()
