// Runs a schema.js on a `db` that writes down what is asked of it, and prints that as extended JSON.
"use strict";
const fs = require("node:fs");
const vm = require("node:vm");

const calls = [];
const collectionNamed = (name) => ({
  createIndex: (keys, options) => calls.push(["createIndex", name, Object.entries(keys), options]),
  insertMany: (documents) => calls.push(["insertMany", name, documents]),
});
const known = {
  createCollection: (name, options) => calls.push(["createCollection", name, options ?? {}]),
  getCollection: collectionNamed,
};
const db = new Proxy(known, { get: (target, name) => target[name] ?? collectionNamed(name) });

const types = {
  NumberDecimal: (text) => ({ $numberDecimal: text }),
  NumberLong: (text) => ({ $numberLong: text }),
  Double: (value) => ({ $numberDouble: String(value) }),
  ISODate: (text) => ({ $date: text }),
  UUID: (text) => ({ $uuid: text }),
  BinData: (subtype, base64) => ({ $binary: { base64, subType: String(subtype).padStart(2, "0") } }),
};
vm.runInNewContext(fs.readFileSync(0, "utf8"), { db, ...types });

const finite = (_, value) =>
  typeof value === "number" && !Number.isFinite(value) ? { $numberDouble: String(value) } : value;
process.stdout.write(JSON.stringify(calls, finite));
