// PostgreSQL with TimescaleDB as WebAssembly: one session, in this process, on a data folder.
//
// Its command line is compiled in, and says among other things `enable_seqscan=off` and 128 MB of shared
// buffers. Options there that only repeat PostgreSQL's defaults are overwritten in memory by ours before
// it starts; each fits into the place of the old one. Bytes go in and out by callbacks of our own, since
// those of PGlite parse every message and keep it.

import { pathToFileURL } from 'node:url'
import path from 'node:path'

// The file that stands for standard input in COPY.
export const COPY_FILE = '/dev/optimizer-copy'

// `-c` options that are compiled in, and what takes the place of each.
const PLACES = {
  shared_buffers: 'shared_buffers=128MB',
  enable_seqscan: 'ignore_invalid_pages=on',
  random_page_cost: 'synchronous_commit=on',
  max_wal_size: 'min_wal_size=80MB',
  autovacuum: 'temp_buffers=8MB',
  work_mem: 'wal_buffers=4MB',
  timezone: 'work_mem=4MB',
}

function replaceOptions(heap, options) {
  for (const [name, value] of Object.entries(options)) {
    const old = Buffer.from(`\0${PLACES[name]}\0`, 'latin1')
    const at = heap.indexOf(old)
    const text = `${name}=${value}\0`
    if (at < 0 || text.length > old.length - 1) throw new Error(`the option ${name}=${value} has no place`)
    heap.write(text, at + 1, 'latin1')
  }
}

// What COPY reads as if it were a file: chunks of bytes, from the first to the last.
class Device {
  #chunks = []

  constructor(FS) {
    const number = FS.makedev(65, 0)
    const read = (_stream, buffer, offset, length) => this.#read(buffer, offset, length)
    FS.registerDevice(number, { open: () => {}, close: () => {}, read, llseek: () => 0 })
    FS.mkdev(COPY_FILE, number)
  }

  load(chunks) {
    this.#chunks = [...chunks].reverse()
  }

  #read(buffer, offset, length) {
    let done = 0
    while (done < length && this.#chunks.length > 0) {
      const chunk = this.#chunks.pop()
      const part = chunk.subarray(0, length - done)
      buffer.set(part, offset + done)
      done += part.length
      if (part.length < chunk.length) this.#chunks.push(chunk.subarray(part.length))
    }
    return done
  }

}

// An extension in PGlite's sense: it changes the program before it starts.
function beforeStart(change) {
  const setup = async (_, emscriptenOpts) => ({
    emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), change] },
  })
  return { name: 'before start', setup }
}

async function installed(packages, entry) {
  const folder = path.join(packages, 'node_modules', '@unni-craftsman', 'pglite', 'dist')
  return import(pathToFileURL(path.join(folder, entry)))
}

async function contribution(packages, name) {
  const module = await installed(packages, `contrib/${name}.js`)
  return module[name]
}

// The session: `execute` takes bytes of the protocol and returns those of the answer; `load` says what
// COPY_FILE holds for the next COPY.
export async function open({ packages, data, options, extensions }) {
  const { PGlite } = await installed(packages, 'index.js')
  const { timescaledb } = await installed(packages, 'timescaledb/index.js')
  const change = (module) => replaceOptions(Buffer.from(module.HEAPU8.buffer), options)
  const named = { timescaledb, start: beforeStart(change) }
  for (const name of extensions) named[name] = await contribution(packages, name)
  const database = await PGlite.create({ dataDir: data, extensions: named })
  const device = new Device(database.Module.FS)
  return { execute: callbacks(database.Module), load: (chunks) => device.load(chunks) }
}

function callbacks(module) {
  let input = Buffer.alloc(0)
  let position = 0
  let output = []
  const read = module.addFunction((pointer, most) => {
    const part = input.subarray(position, position + most)
    module.HEAPU8.set(part, pointer)
    position += part.length
    return part.length
  }, 'iii')
  const write = module.addFunction((pointer, length) => {
    output.push(Buffer.from(module.HEAPU8.subarray(pointer, pointer + length)))
    return length
  }, 'iii')
  module._set_read_write_cbs(read, write)
  return (bytes) => {
    input = bytes
    position = 0
    output = []
    module._interactive_one(bytes.length, bytes[0])
    const answer = Buffer.concat(output)
    output = []
    return answer
  }
}
