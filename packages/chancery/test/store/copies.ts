/** A store with a row in every table, and what a copy of it is compared by. */
import type { Store } from '../../src/core/store.ts'
import { bitcoin, walletAddress, walletRow } from '../contract/store/wallets.ts'
import {
  attestation,
  begin,
  block,
  change,
  guard,
  item,
  raising,
  record,
  signature,
  signing,
  soon,
  validator,
  windowRow,
  type Writer,
} from '../contract/store/writer.ts'

const about = { client: 'cli_a', key: 'key_a', network: 'eip155:1', body: { note: 'ä "quoted" \\ 🜁' } } as const

const destination = { scope: 'user ä', network: bitcoin, address: 'bc1q' } as const

/** Something in every table, and more guard rows and segments than one page holds. */
export async function fill(store: Store): Promise<Writer> {
  const writer = await begin(store, 'stream-a', [record('cli_a', 1), record('cli_b', 1)])
  await writer.commit(store, [change(2, [record('cli_a', 2)])])
  const row = {
    id: 'txn_1',
    version: 1,
    ...about,
    sender: '0xs',
    state: 'assigned',
    createdAt: 1,
    updatedAt: 2,
  } as const
  const open = { ...row, id: 'txn_2', state: 'accepted' } as const
  await writer.commit(store, [
    item({
      guards: Array.from({ length: 450 }, (_, n) => guard(String(n), `root ${n}`)),
      windows: Array.from({ length: 250 }, (_, n) => windowRow(`root ${n}`, 2n ** 130n + BigInt(n), 2n ** 200n)),
      transactions: [{ ...row, nonce: 2n ** 64n - 1n, wallet: 'wal_1' }, open],
      wallets: [walletRow('1', { address: 'bc1q', key: 'key_tree', account: 2 ** 31 - 1 }), walletRow('2')],
      addresses: [walletAddress('wal_1', 0), walletAddress('wal_1', 2 ** 31 - 1, { branch: 1 })],
      destinations: [destination],
      signed: [{ hash: '0x01', transaction: row.id, raw: Uint8Array.of(0, 1, 255), createdAt: 3 }],
      signatures: [signature('key', 'payload', 1)],
      idempotency: { client: 'cli_a', route: '/v1/sign', key: 'once', bodyHash: '0x02', made: 'att_1' },
    }),
  ])
  await writer.commit(store, [item({ guards: [guard('0', 'another root', 'root 0')] })])
  await writer.commit(store, [
    ...Array.from({ length: 250 }, (_, n) =>
      signing(attestation(2n ** 63n, 2n ** 64n - 1n, 'vote', validator(`${n}`))),
    ),
    signing(block(7, 'block')),
    raising({ scope: validator('raised'), block: { slot: 9n }, history: [block(9, 'block', validator('raised'))] }),
  ])
  await writer.commit(store, [item({ gapAccepted: true })])
  for (let n = 0; n < 229; n++) await writer.commit(store, [item()])
  await notarise(store, writer.stream)
  return writer
}

async function notarise(store: Store, stream: string): Promise<void> {
  const lease = await store.lease('notary', 'me', 60_000, soon())
  if (lease === undefined) throw new Error('the lease is taken')
  const positions = [1, 2, 3].map((seq) => ({ stream, seq }))
  const checkpoint = { size: 3, root: '0x03', note: 'a note' } as const
  if (!(await store.integrate(0, positions, checkpoint, lease, soon()))) throw new Error('nothing was integrated')
  await store.signCheckpoint(checkpoint, soon())
}

/** All that the store's contract shows. */
export async function contents(store: Store) {
  const heads = await store.streams(soon())
  const segments = await Promise.all(heads.map(({ stream }) => store.segments(stream, 0, 10_000, soon())))
  return {
    heads,
    segments,
    entries: await Promise.all(segments.flat().map((segment) => store.entries([segment], soon()))),
    state: await store.state(soon()),
    guards: await store.guards(undefined, 10_000, soon()),
    windowUses: await store.windowUses(undefined, 10_000, soon()),
    windowTotals: await store.windowTotals(undefined, 100, soon()),
    protection: await store.protections(undefined, 10_000, soon()),
    history: await store.signedDuties(undefined, undefined, 10_000, soon()),
    gaps: await store.acceptedGaps(soon()),
    signatures: await store.signatures(undefined, 100, soon()),
    integrated: await store.integrated(0, 100, soon()),
    checkpoints: await store.checkpoints(0, 100, soon()),
    idempotency: await store.idempotency('cli_a', '/v1/sign', 'once', soon()),
    transactions: await store.transactions({}, { limit: 100 }, soon()),
    nonce: await store.highestNonce('eip155:1', '0xs', soon()),
    signed: await store.signedTransactions('txn_1', soon()),
    wallets: await store.wallets({}, { limit: 100 }, soon()),
    addresses: await store.walletAddresses('wal_1', { limit: 100 }, soon()),
    since: await store.destinationSince(destination, soon()),
  }
}
