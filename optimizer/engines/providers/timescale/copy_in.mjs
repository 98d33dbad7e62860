// COPY ... FROM STDIN, which this PostgreSQL can't read from a socket: what arrives is kept until it is
// whole, and then copied as if from a file.

import { COPY_FILE } from './backend.mjs'
import { message, query } from './protocol.mjs'

const PATTERN = /^(\s*COPY\b[\s\S]*?\bFROM\s+)STDIN\b/i
const [QUERY, COPY_DATA, COPY_DONE, COPY_FAIL] = ['Q', 'd', 'c', 'f'].map((letter) => letter.charCodeAt(0))
const FAILED = query("DO $$BEGIN RAISE 'COPY from stdin failed' USING ERRCODE = 'query_canceled'; END$$")

export class CopyIn {
  #sql
  #chunks = []

  constructor(sql) {
    this.#sql = sql
  }

  // The copy that a message begins; null for any other message.
  static begunBy(packet) {
    if (packet[0] !== QUERY) return null
    const sql = packet.toString('utf8', 5, packet.length - 1)
    return PATTERN.test(sql) ? new CopyIn(sql.replace(PATTERN, `$1'${COPY_FILE}'`)) : null
  }

  // The answer that asks for the data: a client knows by it whether they are binary.
  get invitation() {
    return message('G', Buffer.from([/\bBINARY\b/i.test(this.#sql) ? 1 : 0, 0, 0]))
  }

  // What is to be executed now that this message has come; null for nothing yet.
  take(packet, load) {
    if (packet[0] === COPY_DATA) this.#chunks.push(packet.subarray(5))
    if (packet[0] === COPY_FAIL) return FAILED
    if (packet[0] !== COPY_DONE) return null
    load(this.#chunks)
    return query(this.#sql)
  }
}
