// PostgreSQL's wire protocol, as far as the server reads and writes it (protocol version 3.0).

const text = (value) => Buffer.from(`${value}\0`)

export function message(type, ...parts) {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(5)
  head.write(type, 0, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

export const query = (sql) => message('Q', text(sql))

export function failure(severity, code, words) {
  const fields = [`S${severity}`, `V${severity}`, `C${code}`, `M${words}`, '']
  return message('E', ...fields.map(text))
}

export const ready = (status) => message('Z', Buffer.from(status))

export function greeting(parameters, id) {
  const reported = Object.entries(parameters).map(([name, value]) => message('S', text(name), text(value)))
  const key = Buffer.alloc(8)
  key.writeInt32BE(id, 0)
  return Buffer.concat([message('R', Buffer.alloc(4)), ...reported, message('K', key), ready('I')])
}

// What is put together of the messages that arrive: chunks until they are whole.
export class Inbox {
  #chunks = []
  #bytes = 0

  add(chunk) {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
  }

  // The first packet, which has no type: null while it isn't whole.
  takeStartup() {
    const length = this.#bytes >= 4 ? this.#joined().readInt32BE(0) : Infinity
    return this.#bytes >= length ? this.#take(length) : null
  }

  // The next message, its type and length included: null while it isn't whole.
  take() {
    if (this.#bytes < 5) return null
    if (this.#chunks[0].length < 5) this.#joined()
    const length = 1 + this.#chunks[0].readInt32BE(1)
    return this.#bytes >= length ? this.#take(length) : null
  }

  #joined() {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]
  }

  #take(length) {
    const all = this.#chunks[0].length >= length ? this.#chunks[0] : this.#joined()
    this.#bytes -= length
    if (all.length === length) this.#chunks.shift()
    else this.#chunks[0] = all.subarray(length)
    return all.subarray(0, length)
  }
}

// The pairs of a startup packet.
export function startupParameters(packet) {
  const parts = packet.subarray(8).toString().split('\0')
  const pairs = {}
  for (let at = 0; at + 1 < parts.length && parts[at]; at += 2) pairs[parts[at]] = parts[at + 1]
  return pairs
}

// The messages of an answer, one after the other: their type and their body.
export function* messages(answer) {
  for (let at = 0; at < answer.length; ) {
    const end = at + 1 + answer.readInt32BE(at + 1)
    yield { type: String.fromCharCode(answer[at]), body: answer.subarray(at + 5, end) }
    at = end
  }
}

// The rows of an answer, as texts.
export function rows(answer) {
  const found = []
  for (const { type, body } of messages(answer)) if (type === 'D') found.push(fields(body))
  return found
}

function fields(body) {
  const values = []
  for (let count = body.readInt16BE(0), at = 2; count > 0; count--) {
    const length = body.readInt32BE(at)
    values.push(length < 0 ? null : body.toString('utf8', at + 4, at + 4 + length))
    at += 4 + Math.max(length, 0)
  }
  return values
}

// A message with the name of its prepared statement changed by `rename`; the same where it has none.
export function renamed(packet, rename) {
  const [start, end] = statementName(packet)
  if (end <= start) return packet
  const name = Buffer.from(rename(packet.toString('utf8', start, end)))
  return message(
    String.fromCharCode(packet[0]), packet.subarray(5, start), name, packet.subarray(end),
  )
}

// Where a message names a prepared statement: Parse begins with it, in Bind it follows the portal's name, in
// Describe and Close it follows an S.
function statementName(packet) {
  const type = String.fromCharCode(packet[0])
  if (type === 'P') return [5, packet.indexOf(0, 5)]
  if (type === 'B') {
    const start = packet.indexOf(0, 5) + 1
    return [start, packet.indexOf(0, start)]
  }
  if ((type === 'D' || type === 'C') && packet[5] === 0x53) return [6, packet.indexOf(0, 6)]
  return [0, 0]
}
