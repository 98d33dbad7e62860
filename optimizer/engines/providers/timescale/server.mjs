// Serves one database: PostgreSQL with TimescaleDB as WebAssembly, on a data folder, at a Unix socket.
//
// Called as `node server.mjs CONFIGURATION`, a JSON object (process.py writes it). It answers like
// PostgreSQL: a client notices only that connections take turns (sessions.mjs), that nothing can be
// cancelled and that no timeout fires, since while a statement runs this process does nothing else. It takes
// connections once the file `ready` is there, and ends with its parent.

import fs from 'node:fs'
import net from 'node:net'
import { Worker } from 'node:worker_threads'

import { open } from './backend.mjs'
import { CopyIn } from './copy_in.mjs'
import { Inbox, failure, greeting, query, rows, startupParameters } from './protocol.mjs'
import { Sessions, busy } from './sessions.mjs'

const PROTOCOL = 196608
const SSL_REQUEST = 80877103
const GSS_REQUEST = 80877104
const TERMINATE = 0x58
const WATCH_MS = 500

// On a folder that isn't new, compression and continuous aggregates are refused without it.
const LOAD = "LOAD 'timescaledb'"

const REPORTED = [
  'server_version', 'server_encoding', 'client_encoding', 'DateStyle', 'IntervalStyle', 'TimeZone',
  'integer_datetimes', 'standard_conforming_strings', 'is_superuser', 'default_transaction_read_only',
  'in_hot_standby',
]

// Ends the process when its parent has, even in the middle of a statement: a thread of its own looks.
function endWithParent(parent) {
  const watch = `
    const pause = new Int32Array(new SharedArrayBuffer(4))
    while (process.ppid === ${parent}) Atomics.wait(pause, 0, 0, ${WATCH_MS})
    process.kill(process.pid, 'SIGKILL')`
  new Worker(watch, { eval: true }).unref()
}

// What nobody expects ends the process: after an abort the WebAssembly can't be used any more.
function endWith(error) {
  fs.writeSync(2, `${error?.stack ?? error}\n`)
  process.kill(process.pid, 'SIGKILL')
}

class Server {
  #connections = new Set()
  #waiting = []
  #next = 1

  constructor(configuration, backend) {
    this.configuration = configuration
    this.backend = backend
    this.sessions = new Sessions(backend.execute, configuration.session)
    const shown = REPORTED.map((name) => `current_setting('${name}')`).join(', ')
    const [values] = rows(backend.execute(query(`SELECT ${shown}`)))
    this.parameters = Object.fromEntries(REPORTED.map((name, at) => [name, values[at]]))
  }

  accept(socket) {
    const state = { started: false, copy: null, timer: null }
    const connection = { id: this.#next++, socket, inbox: new Inbox(), ...state }
    this.#connections.add(connection)
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#receive(connection, chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#leave(connection))
  }

  #receive(connection, chunk) {
    connection.inbox.add(chunk)
    this.#enqueue(connection)
  }

  #enqueue(connection) {
    if (!this.#waiting.includes(connection)) this.#waiting.push(connection)
    this.#serve()
  }

  // Let those speak that may, in the order in which they came.
  #serve() {
    for (let again = true; again; ) {
      const at = this.#waiting.findIndex((connection) => this.sessions.free(connection))
      again = at >= 0
      if (again) this.#turn(this.#waiting.splice(at, 1)[0])
    }
    for (const connection of this.#waiting) this.#limitWait(connection)
  }

  #turn(connection) {
    clearTimeout(connection.timer)
    connection.timer = null
    if (!connection.started && !this.#start(connection)) return
    this.#speak(connection)
  }

  #limitWait(connection) {
    connection.timer ??= setTimeout(() => this.#refuse(connection, busy()), this.configuration.wait_ms)
  }

  #refuse(connection, words) {
    connection.socket.end(words)
    this.#waiting = this.#waiting.filter((other) => other !== connection)
  }

  // Whether the connection has begun: what asks for encryption is told that there is none.
  #start(connection) {
    const packet = connection.inbox.takeStartup()
    if (!packet) return false
    const code = packet.readInt32BE(4)
    if (code === SSL_REQUEST || code === GSS_REQUEST) {
      connection.socket.write('N')
      return this.#start(connection)
    }
    if (code !== PROTOCOL) return connection.socket.destroy(), false
    return this.#greet(connection, startupParameters(packet))
  }

  #greet(connection, { user, database, options, replication, ...settings }) {
    const { configuration } = this
    if (user !== configuration.user || (database ?? user) !== configuration.database) {
      const served = `the database "${configuration.database}" and the user "${configuration.user}"`
      const words = `only ${served} are served`
      return this.#refuse(connection, failure('FATAL', '3D000', words)), false
    }
    const failed = this.sessions.open(connection, { ...settings, ...optionSettings(options ?? '') })
    if (failed) return this.#refuse(connection, failed), false
    connection.started = true
    connection.socket.write(greeting(this.parameters, connection.id))
    return true
  }

  // All whole messages that have arrived; those of a copy apart, the others as one piece of work.
  #speak(connection) {
    let batch = []
    const flush = () => {
      if (batch.length > 0) connection.socket.write(this.sessions.speak(connection, batch))
      batch = []
    }
    for (let packet = connection.inbox.take(); packet; packet = connection.inbox.take()) {
      if (packet[0] === TERMINATE) return this.#end(connection)
      const copying = connection.copy
      connection.copy ??= CopyIn.begunBy(packet)
      if (connection.copy) flush()
      if (copying) this.#copy(connection, packet)
      else if (connection.copy) connection.socket.write(connection.copy.invitation)
      else batch.push(packet)
    }
    flush()
  }

  #copy(connection, packet) {
    const command = connection.copy.take(packet, this.backend.load)
    if (!command) return
    connection.copy = null
    connection.socket.write(this.sessions.speak(connection, [command]))
  }

  // What the client has said is done with before its socket closes: it may be back at once.
  #end(connection) {
    connection.socket.end()
    setImmediate(() => this.#leave(connection))
  }

  #leave(connection) {
    if (!this.#connections.delete(connection)) return
    clearTimeout(connection.timer)
    this.#waiting = this.#waiting.filter((other) => other !== connection)
    const last = ![...this.#connections].some((other) => other.started)
    if (connection.started) this.sessions.close(connection, last)
    this.#serve()
  }
}

// What `options` of a connection string sets: -c name=value or --name=value, a space in a value after \\.
function optionSettings(options) {
  const words = options.replaceAll(/(?<!\\) /g, '\0').replaceAll('\\ ', ' ').split('\0')
  const pairs = words.map((word) => /^(?:-c|--)?([A-Za-z_.-]+)=(.*)$/.exec(word)).filter(Boolean)
  return Object.fromEntries(pairs.map(([, name, value]) => [name.replaceAll('-', '_'), value]))
}

async function main(configuration) {
  process.on('uncaughtException', endWith)
  endWithParent(configuration.parent)
  const backend = await open(configuration)
  backend.execute(query(LOAD))
  const server = new Server(configuration, backend)
  const listener = net.createServer((socket) => server.accept(socket))
  fs.rmSync(configuration.socket, { force: true })
  listener.listen(configuration.socket, () => fs.writeFileSync(configuration.ready, ''))
}

await main(JSON.parse(process.argv[2]))
