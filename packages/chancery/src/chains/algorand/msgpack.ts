/** MessagePack as far as its headers go. https://github.com/msgpack/msgpack/blob/master/spec.md */

/** The members of a multisig account; no other list or map of a transaction comes near. */
const longestList = 255

/**
 * Whether `bytes` are one value, to the end, of the kinds and sizes transactions are made of. The SDK's decoder makes room
 * for what a header announces before it looks whether it is there (250 MB for five bytes), and compares the entries of some
 * lists with each other (17 s for 20,000), so it is given nothing else.
 */
export function isWhole(bytes: Uint8Array): boolean {
  let at = 0
  // Every value still to come takes a byte at least.
  for (let coming = 1; coming > 0; coming--) {
    const head = bytes[at]
    const kind = head === undefined ? undefined : kindOf(head)
    if (kind === undefined) return false
    const length = kind.length + numberAt(bytes, at + 1, kind.digits)
    if (kind.holds === 'values' && length > longestList) return false
    at += 1 + kind.digits + (kind.holds === 'bytes' ? length : 0)
    coming += kind.holds === 'values' ? length * kind.each : 0
    if (at > bytes.length || coming - 1 > bytes.length - at) return false
  }
  return at === bytes.length
}

interface Kind {
  readonly holds: 'bytes' | 'values'
  /** What the header itself says, and how many bytes after it say the rest. */
  readonly length: number
  readonly digits: number
  /** Values for each of its length: a map has two. */
  readonly each: number
}

/** Undefined for floats, extensions and the one byte that means nothing. */
function kindOf(head: number): Kind | undefined {
  if (head < 0x80 || head >= 0xe0) return bytes(0)
  if (head < 0x90) return { holds: 'values', length: head - 0x80, digits: 0, each: 2 }
  if (head < 0xa0) return { holds: 'values', length: head - 0x90, digits: 0, each: 1 }
  if (head < 0xc0) return bytes(head - 0xa0)
  return headers[head]
}

const bytes = (length: number, digits = 0): Kind => ({ holds: 'bytes', length, digits, each: 1 })
const values = (each: number, digits: number): Kind => ({ holds: 'values', length: 0, digits, each })

const headers: Readonly<Record<number, Kind>> = {
  // nil, false, true
  0xc0: bytes(0),
  0xc2: bytes(0),
  0xc3: bytes(0),
  // bin
  0xc4: bytes(0, 1),
  0xc5: bytes(0, 2),
  0xc6: bytes(0, 4),
  // uint, int
  0xcc: bytes(1),
  0xcd: bytes(2),
  0xce: bytes(4),
  0xcf: bytes(8),
  0xd0: bytes(1),
  0xd1: bytes(2),
  0xd2: bytes(4),
  0xd3: bytes(8),
  // str
  0xd9: bytes(0, 1),
  0xda: bytes(0, 2),
  0xdb: bytes(0, 4),
  // array, map
  0xdc: values(1, 2),
  0xdd: values(1, 4),
  0xde: values(2, 2),
  0xdf: values(2, 4),
}

function numberAt(all: Uint8Array, at: number, digits: number): number {
  return all.subarray(at, at + digits).reduce((value, byte) => value * 256 + byte, 0)
}
