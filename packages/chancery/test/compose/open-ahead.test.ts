import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { newId } from '../../src/base/id.ts'
import { Secret } from '../../src/base/secret.ts'
import { toHex } from '../../src/base/bytes.ts'
import { openAhead } from '../../src/compose/open-ahead.ts'
import type { KeyOpener } from '../../src/core/backend.ts'
import type { KeyRecord, KeyRef } from '../../src/core/key.ts'
import { createSealed, type SealedBackend } from '../../src/keys/sealed/sealed.ts'
import { keyNamed, stateOf } from './keys-in-state.ts'

const soon = () => deadlineIn(10_000, systemClock)

const never = () => Promise.reject(new Error('not asked for'))

function opening(open: (ref: KeyRef) => Promise<void>): KeyOpener {
  return {
    name: 'opening',
    algorithms: [],
    publicKey: never,
    sign: never,
    close: async () => {},
    openAhead: async (refs, signal) => {
      for (const ref of refs) {
        if (signal.aborted) return
        await open(ref)
      }
    },
  }
}

test('of a back-end that opens keys, those in use are opened', async () => {
  const opened: string[] = []
  const keys = [
    keyNamed('a'),
    keyNamed('b', { backend: 'another' }),
    keyNamed('c', { state: 'disabled' }),
    keyNamed('d', { state: 'purged' }),
    keyNamed('e'),
  ]
  const backend = opening(async ({ id }) => void opened.push(id))
  const another = { name: 'another', algorithms: [], publicKey: never, sign: never, close: async () => {} }
  await openAhead({ backends: [another, backend], state: stateOf(keys) }).done
  expect(opened).toEqual(['key_a', 'key_e'])
})

test('a key that is disabled before its turn stays closed', async () => {
  const opened: string[] = []
  const keys = [keyNamed('a'), keyNamed('b'), keyNamed('c')]
  const backend = opening(async ({ id }) => {
    opened.push(id)
    keys[1] = keyNamed('b', { state: 'disabled' })
  })
  await openAhead({ backends: [backend], state: stateOf(keys) }).done
  expect(opened).toEqual(['key_a', 'key_c'])
})

test('a stop waits for the key at work alone', async () => {
  const opened: string[] = []
  const first = Promise.withResolvers<void>()
  const backend = opening(({ id }) => (opened.push(id), first.promise))
  const ahead = openAhead({ backends: [backend], state: stateOf([keyNamed('a'), keyNamed('b')]) })
  const stopped = ahead.stop()
  first.resolve()
  await stopped
  expect(opened).toEqual(['key_a'])
})

async function sealedKeys(count: number): Promise<{ readonly keys: KeyRecord[]; open(): Promise<SealedBackend> }> {
  const keyEncryptionKey = new Secret(randomBytes(32))
  const open = async () => {
    const backend = await createSealed({ keyEncryptionKey, clock: systemClock })
    onTestFinished(() => backend.close())
    return backend
  }
  const first = await open()
  const make = async () => {
    const id = newId('key', systemClock.now())
    const { publicKey, data } = await first.create({ id, algorithm: 'bls12-381' }, soon())
    return keyNamed('', { id, backend: 'sealed', publicKey: toHex(publicKey.bytes), ref: data })
  }
  return { keys: await Promise.all(Array.from({ length: count }, make)), open }
}

test('with sealed keys the signer processes run before the first signature, and a broken key keeps no other one', async () => {
  const { keys, open } = await sealedKeys(20)
  const backend = await open()
  const before = backend.processes().length
  const broken = keyNamed('', { id: newId('key', 0), backend: 'sealed', publicKey: '0x00', ref: { version: 1 } })
  await openAhead({ backends: [backend], state: stateOf([broken, ...keys]) }).done
  expect(backend.processes().length).toBeGreaterThan(before)
  expect(backend.waiting?.()).toBe(0)
})
