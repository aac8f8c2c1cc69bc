/** The least that the making of a wallet takes where its key is local: a key, a proof of it, and its rows made durable. */
import { HDKey } from '@scure/bip32'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pointFromScalar, sign, verify } from 'tiny-secp256k1'
import { privateKey } from './bare-signatures.ts'

/** Creations that share a commit, as many as the service has under way at once. */
const group = 16
/** The wallet as being made, its key where it has one of its own, and the wallet as made: each is durable before what follows. */
const commits = { hd: 2, sealed: 3 } as const
const row = 'x'.repeat(900)

/** Wallets a second. */
export async function bareWallets(tier: 'hd' | 'sealed', seconds = 2): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-bench-wallets-'))
  const db = new DatabaseSync(join(folder, 'bare.sqlite'))
  try {
    db.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL')
    db.exec('CREATE TABLE entry (seq INTEGER PRIMARY KEY, body TEXT)')
    const insert = db.prepare('INSERT INTO entry (body) VALUES (?)')
    const keys = tier === 'hd' ? branches() : privateKey
    const began = performance.now()
    let count = 0
    while (performance.now() - began < seconds * 1_000) {
      for (let i = 0; i < group; i++) prove(keys())
      for (let i = 0; i < commits[tier]; i++) {
        db.exec('BEGIN')
        for (let j = 0; j < group; j++) insert.run(row)
        db.exec('COMMIT')
      }
      count += group
    }
    return (count * 1_000) / (performance.now() - began)
  } finally {
    db.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** An account of its own for each, hardened, and its first address's key. */
function branches(): () => Uint8Array {
  const coin = HDKey.fromMasterSeed(randomBytes(64)).derive("m/84'/1'")
  let account = 0
  return () => {
    const { privateKey: secret } = coin
      .deriveChild(0x8000_0000 + account++)
      .deriveChild(0)
      .deriveChild(0)
    if (secret === null) throw new Error('the library derived no key')
    return secret
  }
}

function prove(secret: Uint8Array): void {
  const publicKey = pointFromScalar(secret, true)
  const digest = createHash('sha256').update(secret).digest()
  if (publicKey === null || !verify(digest, publicKey, sign(digest, secret), true)) throw new Error('no proof')
}
