/** who may have fees paid, when nobody may, and that the sponsor's key does nothing else. */
import { decodeSignedTransaction, generateAccount } from 'algosdk'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import { Secret } from '../../src/base/secret.ts'
import { createSealed } from '../../src/keys/sealed/sealed.ts'
import { testNetwork } from '../nodes/algorand/fixture.ts'
import { client } from './house.ts'
import { ask, balance, completed, generous, refuseAll, signedGroup, start } from './sponsored.ts'
import { sponsorAttempts, text, totals, unsigned, wanted, type Opened } from './sponsored.ts'

async function group(opened: Opened): Promise<string[]> {
  return [text((await unsigned(opened, generateAccount())).toByte())]
}

async function nothingHappened(opened: Opened): Promise<void> {
  expect([await totals(opened), await sponsorAttempts(opened)]).toEqual([[], []])
}

describe('a client', () => {
  test('without a grant on the sponsor does not learn that there is one', async () => {
    const opened = await start()
    const other = await opened.house.keyring.create(wanted, opened.house.operator())
    const grants = [{ operations: ['sponsor'], keys: [other.id], networks: '*' }] as const
    const stranger = await client(opened.house, grants, 'stranger')
    const value = await group(opened)
    for (const more of [{}, { key: 'pays' }, { key: 'nobody' }]) {
      await expect(ask({ ...opened, app: stranger }, value, more)).rejects.toMatchObject({ code: 'key-not-found' })
    }
    await nothingHappened(opened)
  })

  test('with another right, or on another network, is denied', async () => {
    const opened = await start()
    const { house, key } = opened
    const signer = await client(house, [{ operations: ['sign:transaction'], keys: [key.id], networks: '*' }], 'signer')
    const elsewhere = await client(
      house,
      [{ operations: ['sponsor'], keys: [key.id], networks: ['algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe'] }],
      'elsewhere',
    )
    const value = await group(opened)
    for (const app of [signer, elsewhere]) {
      await expect(ask({ ...opened, app }, value)).rejects.toMatchObject({ code: 'denied' })
    }
    await nothingHappened(opened)
  })

  test('whose right was taken back while it asked gets nothing', async () => {
    const opened = await start()
    const { house, app } = opened
    const { version } = await house.clients.get(app.client, house.operator())
    await house.clients.putGrants(app.client, [], version, house.operator())
    // The principal is as old as its request, and still holds the grant.
    await expect(ask(opened, await group(opened))).rejects.toMatchObject({ code: 'key-not-found' })
    await nothingHappened(opened)
  })

  test('cannot sign anything else with the sponsor’s key: it has no rules, before and after', async () => {
    const opened = await start()
    const { house, key, account } = opened
    const grants = [{ operations: ['sponsor', 'sign:transaction'], keys: [key.id], networks: '*' }] as const
    const app = await client(house, grants, 'both')
    const sponsored = await ask({ ...opened, app }, await group(opened))
    const [own = new Uint8Array(0)] = sponsored.transactions
    const value = [{ txn: text((await unsigned(opened, generateAccount())).toByte()), signers: [] }]
    const txn = decodeSignedTransaction(own).txn
    delete txn.group
    const request = { key: 'pays', operation: 'sign:transaction', network: testNetwork } as const
    const alone = house.signing.sign({ ...request, value: [{ txn: text(txn.toByte()) }] }, house.as(app))
    await expect(alone).rejects.toMatchObject({ code: 'denied' })
    await expect(house.signing.sign({ ...request, value }, house.as(app))).rejects.toMatchObject({ name: 'Refused' })
    expect(house.state.current().rules.get(key.id)).toBeUndefined()
    expect(await balance(opened, account)).toBe(10_000_000n)
  })
})

describe('a sponsor', () => {
  test('that is frozen, whose client is, or with everything, pays nothing', async () => {
    const opened = await start()
    const { house, key, app } = opened
    const value = await group(opened)
    const targets = [{ key: key.id }, { client: app.client }, { everything: true }] as const
    for (const target of targets) {
      await house.freezing.freeze(target, house.operator())
      await expect(ask(opened, value)).rejects.toMatchObject({ code: 'frozen' })
      await nothingHappened(opened)
      await house.freezing.thaw(target, house.operator())
    }
    expect((await ask(opened, value)).fee).toBe(2_000n)
  })

  test('whose key is disabled pays nothing', async () => {
    const opened = await start()
    const { house, key } = opened
    await house.keyring.scheduleDeletion(key.id, 7, house.operator(), { forced: true })
    await expect(ask(opened, await group(opened))).rejects.toMatchObject({ name: 'Refused' })
    await nothingHappened(opened)
  })

  test('whose account was handed to another key goes on, by the same name, for the same clients', async () => {
    const opened = await start()
    const { house, account, node } = opened
    const second = await house.keyring.create(wanted, house.operator())
    await house.accounts.handOver('pays', second.id, {}, house.operator())
    const user = generateAccount()
    const { value: now } = await house.clients.get(opened.app.client, house.operator())
    const app = { ...opened.app, grants: now.grants }
    const sponsored = await ask({ ...opened, app }, [text((await unsigned(opened, user)).toByte())])
    expect(sponsored).toMatchObject({ sponsor: account, key: second.id })
    const [own = new Uint8Array(0)] = sponsored.transactions
    const { txn, sgnr } = decodeSignedTransaction(own)
    expect([txn.sender.toString(), sgnr?.toString()]).toEqual([account, second.address])
    const before = await balance(opened, account)
    const whole = completed(sponsored.transactions, 0, user).map((one) => Buffer.from(one, 'base64'))
    expect((await node.broadcast(whole, house.operator().deadline)).accepted).toBe(true)
    expect(await balance(opened, account)).toBe(before - 2_000n)
  })

  test('that an emulator holds pays on no main network', async () => {
    const sealed = await createSealed({ keyEncryptionKey: new Secret(new Uint8Array(32).fill(8)), clock: systemClock })
    onTestFinished(() => sealed.close())
    const toy = Object.assign(sealed, { name: 'toy', isEmulated: () => true })
    const sponsors = [generous, { ...generous, key: 'toy' }]
    const opened = await start({}, { extraBackends: [toy], isMain: () => true, sponsors })
    const { house } = opened
    const key = await house.keyring.create({ ...wanted, backend: 'toy', alias: 'toy' }, house.operator())
    opened.algod.chain.ledger.fund(key.address ?? '', 10_000_000n)
    const app = await client(house, [{ operations: ['sponsor'], keys: '*', networks: '*' }], 'any')
    const value = await group(opened)
    const refusal = ask({ ...opened, app }, value, { key: 'toy' })
    await expect(refusal).rejects.toMatchObject({ code: 'denied', particulars: { wanted: 'a test network' } })
    await nothingHappened(opened)
    // And of two sponsors of a network, one is named.
    await expect(ask({ ...opened, app }, value)).rejects.toMatchObject({
      code: 'not-configured',
      particulars: { where: 'key' },
    })
    expect((await ask({ ...opened, app }, value, { key: 'pays' })).fee).toBe(2_000n)
  })

  test('that signs last signs nothing before everyone else', async () => {
    const opened = await start({ signedOnly: true })
    const victim = generateAccount()
    const refusal = ask(opened, [text((await unsigned(opened, victim)).toByte())])
    await expect(refusal).rejects.toMatchObject({ code: 'invalid-payload', particulars: { where: 'transactions[1]' } })
    await nothingHappened(opened)
    expect((await ask(opened, await signedGroup(opened, victim))).fee).toBe(2_000n)
  })
})

describe('the ledger’s refusals', () => {
  test('of five groups in a row stop the sponsor for a minute; then one group finds out', async () => {
    let passed = 0
    const clock: Clock = { now: systemClock.now, monotonic: () => systemClock.monotonic() + passed }
    const opened = await start({}, { clock })
    const groups = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => signedGroup(opened, generateAccount(), seed)))
    const accepting = refuseAll(opened)
    for (const value of groups.slice(0, 5)) {
      await expect(ask(opened, value, { broadcast: true })).rejects.toMatchObject({ code: 'not-executable' })
    }
    accepting()
    const last = groups.at(-1)
    const paused = { code: 'limit-reached', particulars: { retryAfter: 60 } }
    await expect(ask(opened, last, { broadcast: true })).rejects.toMatchObject(paused)
    await expect(ask(opened, last)).rejects.toMatchObject({ code: 'limit-reached' })
    expect(await sponsorAttempts(opened)).toHaveLength(5)
    passed += 60_000
    expect((await ask(opened, last, { broadcast: true })).round).toBeGreaterThan(0n)
    expect((await ask(opened, await group(opened))).fee).toBe(2_000n)
  })

  test('are forgotten with the first group that is taken', async () => {
    const opened = await start()
    const groups = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => signedGroup(opened, generateAccount(), seed)))
    for (const [i, value] of groups.entries()) {
      const accepting = i === 3 ? () => {} : refuseAll(opened)
      await ask(opened, value, { broadcast: true }).catch(() => {})
      accepting()
    }
    expect(opened.seen.filter((outcome) => outcome === 'failed')).toHaveLength(5)
    expect((await ask(opened, await group(opened))).fee).toBe(2_000n)
  })

  test('before anything was signed stop nobody', async () => {
    const opened = await start({ terms: { ...generous.terms, payments: false } })
    const value = await group(opened)
    for (let i = 0; i < 6; i++) await expect(ask(opened, value)).rejects.toMatchObject({ code: 'denied' })
    expect(opened.seen).toEqual(Array.from({ length: 6 }, () => 'refused'))
  })
})
