/** What a key back-end promises that keeps the roots of trees (BIP-32). Called by its own test. */
import { randomBytes } from 'node:crypto'
import { schnorr as noble, secp256k1 as nobleCurve } from '@noble/curves/secp256k1.js'
import { HDKey } from '@scure/bip32'
import { describe, expect, it } from 'vitest'
import { concat, toHex } from '../../src/base/bytes.ts'
import { canKeep, type ExtendedPublicKey, type KeyCreator, type TreeKeeper } from '../../src/core/backend.ts'
import type { GuardRow } from '../../src/core/claim.ts'
import type { KeyRef } from '../../src/core/key.ts'
import type { DerivedSigner } from '../../src/core/payload.ts'
import { curveOf } from '../../src/curves/curves.ts'
import { clearedBy, clearedFor, codeOf, newKeyId, refOf, soon } from './key-backend.ts'

export type TreeBackend = TreeKeeper & KeyCreator

const hardened = 0x8000_0000
const account = [hardened + 84, hardened, hardened + 7]
const digest = () => Uint8Array.from(randomBytes(32))

/** By other code than signs: the child of an account, as somebody knows it who has the account's extended public key alone. */
export function childOf({ publicKey, chainCode }: ExtendedPublicKey, path: readonly number[]): Uint8Array {
  const node = path.reduce((one, index) => one.deriveChild(index), new HDKey({ publicKey: publicKey.bytes, chainCode }))
  return node.publicKey ?? new Uint8Array()
}

/** `open` is called by each test. */
export function treeKeeperContract(name: string, open: () => TreeBackend): void {
  async function makeTree(): Promise<KeyRef> {
    const id = newKeyId()
    return refOf(id, await open().create({ id, algorithm: 'secp256k1-ecdsa', tree: 'bip32' }, soon()))
  }

  async function signerAt(ref: KeyRef, below: readonly number[]): Promise<DerivedSigner> {
    const bytes = childOf(await open().extendedPublicKey(ref, account, soon()), below)
    return { path: [...account, ...below], publicKey: { algorithm: 'secp256k1-ecdsa', bytes } }
  }

  async function isBy(ref: KeyRef, signer: DerivedSigner, expected = signer.publicKey): Promise<boolean> {
    const message = digest()
    const raw = await open().sign(ref, clearedBy(ref, signer, message), soon())
    const curve = curveOf(expected.algorithm)
    return curve.verify(curve.normalise(raw, message, expected), message, expected)
  }

  const xOnly = (bytes: Uint8Array) => ({ algorithm: 'secp256k1-schnorr', bytes: bytes.slice(1) }) as const

  describe(`${name}: the contract of keepers of trees`, () => {
    it('makes a tree once, and says its public key again', async () => {
      const request = { id: newKeyId(), algorithm: 'secp256k1-ecdsa', tree: 'bip32' } as const
      const [first, second] = [await open().create(request, soon()), await open().create(request, soon())]
      expect(toHex(second.publicKey.bytes)).toBe(toHex(first.publicKey.bytes))
      const said = await open().publicKey(refOf(request.id, first), soon())
      expect(toHex(said.bytes)).toBe(toHex(first.publicKey.bytes))
      expect((await makeTree()).publicKey).not.toEqual(first.publicKey.bytes)
    })

    it('signs ECDSA by the children of whose account it gave the extended public key', async () => {
      const ref = await makeTree()
      for (const below of [
        [0, 0],
        [0, 1],
        [1, 0],
        [0, hardened - 1],
      ]) {
        expect(await isBy(ref, await signerAt(ref, below))).toBe(true)
      }
    })

    it('signs Schnorr by the same children, tweaked or not', async () => {
      const ref = await makeTree()
      const { path, publicKey } = await signerAt(ref, [0, 3])
      const inner = xOnly(publicKey.bytes)
      expect(await isBy(ref, { path, publicKey: inner })).toBe(true)
      const tweak = noble.utils.taggedHash('TapTweak', inner.bytes)
      const even = nobleCurve.Point.fromBytes(concat(Uint8Array.of(2), inner.bytes))
      const outer = even.add(nobleCurve.Point.BASE.multiply(BigInt(toHex(tweak))))
      expect(await isBy(ref, { path, tweak, publicKey: xOnly(outer.toBytes()) })).toBe(true)
    })

    it('signs by many children at once, each with its own', async () => {
      const ref = await makeTree()
      const signers = await Promise.all(Array.from({ length: 40 }, (_, i) => signerAt(ref, [0, i])))
      expect(await Promise.all(signers.map((signer) => isBy(ref, signer)))).not.toContain(false)
    })

    it('never signs with the root', async () => {
      const ref = await makeTree()
      const root = { algorithm: ref.algorithm, bytes: ref.publicKey }
      const sign = (cleared: ReturnType<typeof clearedFor>) => codeOf(open().sign(ref, cleared, soon()))
      expect(await sign(clearedFor(ref, digest()))).toBe('not-supported')
      expect(await sign(clearedBy(ref, { path: [], publicKey: root }, digest()))).toBe('not-supported')
      const schnorr = { path: [], publicKey: xOnly(root.bytes) }
      expect(await sign(clearedBy(ref, schnorr, digest()))).toBe('not-supported')
    })

    it('refuses what no child is: another algorithm, a tweak of ECDSA, a path without end', async () => {
      const ref = await makeTree()
      const signer = await signerAt(ref, [0, 0])
      const sign = (cleared: ReturnType<typeof clearedBy>) => codeOf(open().sign(ref, cleared, soon()))
      expect(await sign(clearedBy(ref, signer, digest(), 'ed25519'))).toBe('not-supported')
      expect(await sign(clearedBy(ref, { ...signer, tweak: digest() }, digest()))).toBe('not-supported')
      const long = { ...signer, path: Array.from({ length: 11 }, () => 0) }
      expect(await sign(clearedBy(ref, long, digest()))).toBe('invalid-payload')
    })

    it.each([[[]], [[0]], [[hardened, 0]], [[...account, 0, 0]]])(
      'hands out no extended public key for %j',
      async (path) => {
        const ref = await makeTree()
        expect(await codeOf(open().extendedPublicKey(ref, path, soon()))).toBe('not-supported')
      },
    )

    it('refuses another root for a row that any child has signed for', async () => {
      const ref = await makeTree()
      const [one, two] = [await signerAt(ref, [0, 0]), await signerAt(ref, [0, 1])]
      const row: GuardRow = { kind: 'outpoint', scope: 'an address', item: '0x07', root: '0x01' }
      const sign = (signer: DerivedSigner, root: GuardRow['root']) =>
        open().sign(ref, clearedBy(ref, signer, digest(), 'secp256k1-ecdsa', [{ ...row, root }]), soon())
      await sign(one, '0x01')
      await sign(two, '0x01')
      expect(await codeOf(sign(one, '0x02'))).toBe('conflicts-with-earlier')
      expect(await codeOf(sign(two, '0x02'))).toBe('conflicts-with-earlier')
    })

    it('takes no claim for what it does not sign', async () => {
      const ref = await makeTree()
      const signer = await signerAt(ref, [0, 0])
      const guard = (root: GuardRow['root']): GuardRow => ({
        kind: 'outpoint',
        scope: 'an address',
        item: '0x08',
        root,
      })
      const root = { path: [], publicKey: signer.publicKey }
      expect(
        await codeOf(open().sign(ref, clearedBy(ref, root, digest(), 'secp256k1-ecdsa', [guard('0x01')]), soon())),
      ).toBe('not-supported')
      const sound = clearedBy(ref, signer, digest(), 'secp256k1-ecdsa', [guard('0x02')])
      await expect(open().sign(ref, sound, soon())).resolves.toHaveProperty('bytes')
    })

    it('refuses children while disabled, and signs by them again once enabled', async () => {
      const backend = open()
      if (!canKeep(backend)) return
      const ref = await makeTree()
      const signer = await signerAt(ref, [0, 0])
      await backend.disable(ref, soon())
      expect(await codeOf(backend.sign(ref, clearedBy(ref, signer, digest()), soon()))).toBe('key-state')
      await backend.enable(ref, soon())
      expect(await isBy(ref, signer)).toBe(true)
    })

    it('does not open the secret of a tree as a single key, nor the other way round', async () => {
      const ref = await makeTree()
      const { tree: _, ...data } = ref.data
      expect(await codeOf(open().publicKey({ ...ref, data }, soon()))).toBe('backend-failed')
      const id = newKeyId()
      const single = refOf(id, await open().create({ id, algorithm: 'secp256k1-ecdsa' }, soon()))
      const dressed = { ...single, data: { ...single.data, tree: 'bip32' } }
      expect(await codeOf(open().publicKey(dressed, soon()))).toBe('backend-failed')
    })

    it('makes no tree of another algorithm', async () => {
      for (const algorithm of ['secp256k1-schnorr', 'ed25519', 'bls12-381'] as const) {
        expect(await codeOf(open().create({ id: newKeyId(), algorithm, tree: 'bip32' }, soon()))).toBe('not-supported')
      }
    })
  })
}
