// Several connections on the one session that there is: they take turns.
//
// A connection keeps the turn while its transaction is open. When another one gets it, the settings and the
// role of the first are put away and those of the second are set; names of prepared statements carry the
// connection's number, so that they never meet.

import { failure, message, query, renamed, rows } from './protocol.mjs'

const quoted = (value) => `'${value.replaceAll("'", "''")}'`
const SAVE =
  "SELECT current_setting('role'); RESET ROLE; SELECT name, setting FROM pg_settings WHERE source = 'session'"

export class Sessions {
  #execute
  #defaults
  #current = null
  #status = 'I'
  #left = []

  constructor(execute, defaults) {
    this.#execute = execute
    this.#defaults = defaults
  }

  // Whether the connection may speak now.
  free(connection) {
    return this.#current === connection || this.#status === 'I'
  }

  // A new connection's state; an error's answer, or null.
  open(connection, settings) {
    connection.settings = { ...this.#defaults, ...settings }
    connection.role = 'none'
    connection.statements = new Set()
    return this.#switchTo(connection)
  }

  // The answer to what the connection sent: whole messages.
  speak(connection, packets) {
    const failed = this.#switchTo(connection)
    if (failed) return failed
    const bytes = Buffer.concat(packets.map((packet) => this.#own(connection, packet)))
    return this.#run(bytes)
  }

  // What the connection has left is removed, now or when another one's transaction has ended.
  close(connection, last) {
    if (this.#current === connection) {
      if (this.#status !== 'I') this.#run(Buffer.concat([message('S'), query('ROLLBACK')]))
      this.#current = null
    }
    this.#left.push(...connection.statements)
    if (this.#status === 'I') this.#removeLeft()
    if (last) this.#run(query('DISCARD ALL'))
  }

  #removeLeft() {
    for (const name of this.#left.splice(0)) {
      this.#run(Buffer.concat([message('C', Buffer.from(`S${name}\0`)), message('S')]))
    }
  }

  #run(bytes) {
    const answer = this.#execute(bytes)
    const end = answer.length - 6
    const whole = end >= 0 && answer[end] === 0x5a && answer.readInt32BE(end + 1) === 5
    this.#status = whole ? String.fromCharCode(answer[end + 5]) : 'unfinished'
    return answer
  }

  #own(connection, packet) {
    return renamed(packet, (name) => {
      const own = `${connection.id}:${name}`
      if (packet[0] === 0x50) connection.statements.add(own)
      if (packet[0] === 0x43) connection.statements.delete(own)
      return own
    })
  }

  #switchTo(connection) {
    if (this.#current === connection) return null
    this.#removeLeft()
    if (this.#current) this.#putAway(this.#current)
    this.#current = connection
    return this.#restore(connection)
  }

  #putAway(connection) {
    const [[role], ...settings] = rows(this.#run(query(SAVE)))
    connection.role = role
    connection.settings = Object.fromEntries(settings)
  }

  #restore({ settings, role }) {
    const set = ([name, value]) => `set_config(${quoted(name)}, ${quoted(value)}, false)`
    const each = Object.entries(settings).map(set)
    const roles = role === 'none' ? '' : `; SELECT set_config('role', ${quoted(role)}, false)`
    const answer = this.#run(query(`RESET ROLE; RESET ALL; SELECT ${each.join(', ')}${roles}`))
    return firstError(answer)
  }
}

function firstError(answer) {
  for (let at = 0; at < answer.length; at += 1 + answer.readInt32BE(at + 1)) {
    if (answer[at] === 0x45) return answer.subarray(at, at + 1 + answer.readInt32BE(at + 1))
  }
  return null
}

const BUSY = 'another connection has a transaction open, and there is one session only'

export const busy = () => failure('FATAL', '55P03', BUSY)
