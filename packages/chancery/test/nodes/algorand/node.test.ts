/** What the node's room makes of a node that behaves: accounts, groups, confirmations, simulations, an indexer. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Algodv2, encodeUnsignedSimulateTransaction, generateAccount, waitForConfirmation } from 'algosdk'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createAlgorandNode } from '../../../src/nodes/algorand/node.ts'
import { networkOf } from '../../../src/nodes/algorand/genesis.ts'
import { call, funded, grouped, nodeAt, payment, rekeyGroup, serving, soon, suggested, testNetwork } from './fixture.ts'

describe('the network', () => {
  // https://developer.algorand.org/docs/get-details/algorand-networks/ and the CAIP-2 profile's own examples.
  test.each([
    ['wGHE2Pwdvd7S12BL5FaOP20EGYesN73ktiC1qzkkit8=', 'algorand:wGHE2Pwdvd7S12BL5FaOP20EGYesN73k'],
    ['SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiI=', 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe'],
    ['mFgazF+2uRS1tMiL9dsj01hJGySEmPN28B/TjjvpVW0=', 'algorand:mFgazF-2uRS1tMiL9dsj01hJGySEmPN2'],
    ['kUt08LxeVAAGHnh4JoAoAMM9ql/hBwSoiFtlnKNeOxA=', 'algorand:kUt08LxeVAAGHnh4JoAoAMM9ql_hBwSo'],
    ['kUt08LxeVAAGHnh4JoAoAMM9ql/hBwSo', undefined],
  ])('of %s is %s', (hash, network) => expect(networkOf(hash)).toBe(network))

  test('is asked for before anything else, and must be the configured one', async () => {
    const algod = await serving()
    await nodeAt(algod.url).check(soon())
    expect(algod.asked[0]).toBe('GET /versions')
    const other = createAlgorandNode({ network: 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe', urls: [algod.url] })
    await expect(other.account(generateAccount().addr.toString(), soon())).rejects.toMatchObject({
      code: 'wrong-network',
      particulars: { got: testNetwork, wanted: other.network },
    })
  })

  test('is one of Algorand', () => {
    const urls = [new URL('http://127.0.0.1:1')]
    expect(() => createAlgorandNode({ network: 'eip155:1', urls })).toThrow(
      expect.objectContaining({ code: 'unknown-network' }),
    )
  })
})

describe('parameters', () => {
  test('are those of the last round', async () => {
    const algod = await serving()
    const { chain } = algod
    await expect(nodeAt(algod.url).parameters(soon())).resolves.toEqual({
      minFee: 1_000n,
      feePerByte: 0n,
      firstValid: chain.round(),
      lastValid: chain.round() + 1_000n,
      genesis: { genesisHash: chain.genesis.hash, genesisID: chain.genesis.id },
    })
  })
})

describe('an account', () => {
  test('nobody heard of is empty', async () => {
    const algod = await serving()
    await expect(nodeAt(algod.url).account(generateAccount().addr.toString(), soon())).resolves.toEqual({
      balance: 0n,
      minimum: 100_000n,
      assets: 0n,
      contracts: 0n,
      round: algod.chain.round(),
    })
  })

  test('says what would be lost with its key', async () => {
    const algod = await serving()
    const { ledger } = algod.chain
    const { addr } = funded(ledger)
    ledger.makeAsset(addr.toString(), 5n)
    ledger.makeApplication(addr.toString(), 0)
    // The asset is held and was made here: both would be lost.
    await expect(nodeAt(algod.url).account(addr.toString(), soon())).resolves.toMatchObject({
      minimum: 300_000n,
      assets: 2n,
      contracts: 1n,
    })
  })

  test('may hold more than a double can count', async () => {
    const algod = await serving()
    const { addr } = generateAccount()
    algod.chain.ledger.fund(addr.toString(), 9_007_199_254_740_993n)
    const { balance } = await nodeAt(algod.url).account(addr.toString(), soon())
    expect(balance).toBe(9_007_199_254_740_993n)
  })

  test('handed over says to whom, and its new key is known by it', async () => {
    const algod = await serving()
    const node = createAlgorandNode({ network: testNetwork, urls: [algod.url], indexer: algod.indexerUrl })
    const account = funded(algod.chain.ledger)
    const next = generateAccount()
    const group = rekeyGroup(await suggested(node), account, account, next)
    await expect(node.broadcast(group, soon())).resolves.toEqual({ accepted: true })
    await expect(node.account(account.addr.toString(), soon())).resolves.toMatchObject({
      authority: next.addr.toString(),
      balance: 9_998_000n,
    })
    await expect(node.controlledBy(next.addr.toString(), soon())).resolves.toEqual([account.addr.toString()])
    await expect(node.controlledBy(account.addr.toString(), soon())).resolves.toEqual([])
  })

  test('has no known dependants where no indexer is configured', async () => {
    const algod = await serving()
    await expect(nodeAt(algod.url).controlledBy(generateAccount().addr.toString(), soon())).resolves.toBeUndefined()
  })
})

describe('a group', () => {
  test('is confirmed', async () => {
    const algod = await serving()
    const node = nodeAt(algod.url)
    const [from, to] = [funded(algod.chain.ledger), generateAccount()]
    const params = await suggested(node)
    const transaction = payment(params, { from: from.addr, to: to.addr, amount: 200_000n })
    await expect(node.confirmation(transaction.txID(), soon())).resolves.toBe('unknown')
    await node.broadcast([transaction.signTxn(from.sk)], soon())
    const round = algod.chain.round()
    await expect(node.confirmation(transaction.txID(), soon())).resolves.toEqual({ round })
    await expect(node.account(to.addr.toString(), soon())).resolves.toMatchObject({ balance: 200_000n })
  })

  test('that is sent again is not accepted, and is still confirmed', async () => {
    const algod = await serving()
    const node = nodeAt(algod.url)
    const from = funded(algod.chain.ledger)
    const transaction = payment(await suggested(node), { from: from.addr })
    await node.broadcast([transaction.signTxn(from.sk)], soon())
    const again = await node.broadcast([transaction.signTxn(from.sk)], soon())
    expect(again).toEqual({ accepted: false, words: expect.stringContaining('already in ledger') })
    await expect(node.confirmation(transaction.txID(), soon())).resolves.toHaveProperty('round')
  })

  test('may pay all fees in one of its transactions', async () => {
    const algod = await serving()
    const node = nodeAt(algod.url)
    const [sponsor, user] = [funded(algod.chain.ledger), generateAccount()]
    const group = grouped(
      payment(await suggested(node, 2_000n), { from: sponsor.addr }),
      payment(await suggested(node, 0n), { from: user.addr }),
    )
    const [fee, free] = group
    const signed = [fee?.signTxn(sponsor.sk), free?.signTxn(user.sk)].flatMap((one) => one ?? [])
    await expect(node.broadcast(signed, soon())).resolves.toEqual({ accepted: true })
    await expect(node.account(sponsor.addr.toString(), soon())).resolves.toMatchObject({ balance: 9_998_000n })
    await expect(node.account(user.addr.toString(), soon())).resolves.toMatchObject({ balance: 0n })
  })
})

describe('waiting', () => {
  test('ends with the round', async () => {
    const algod = await serving()
    algod.chain.delay = 3n
    const node = nodeAt(algod.url)
    const from = funded(algod.chain.ledger)
    const transaction = payment(await suggested(node), { from: from.addr })
    await node.broadcast([transaction.signTxn(from.sk)], soon())
    await expect(node.confirmation(transaction.txID(), soon())).resolves.toBe('pending')
    const confirmed = algod.chain.round() + 3n
    await expect(node.settled(transaction.txID(), transaction.lastValid, soon())).resolves.toEqual({ round: confirmed })
  })

  test('ends when the transaction can no longer be confirmed', async () => {
    const algod = await serving()
    const node = nodeAt(algod.url)
    const transaction = payment(await suggested(node), { from: generateAccount().addr })
    algod.chain.advance(995n)
    await expect(node.settled(transaction.txID(), transaction.lastValid, soon())).resolves.toBe('expired')
    expect(algod.chain.round()).toBeGreaterThan(transaction.lastValid)
  })

  test('ends with the deadline, and then settles nothing', async () => {
    const algod = await serving()
    algod.chain.delay = 100_000n
    algod.faults.push({ path: '/v2/status/wait', status: 404 })
    const node = nodeAt(algod.url)
    const from = funded(algod.chain.ledger)
    const transaction = payment(await suggested(node), { from: from.addr })
    await node.broadcast([transaction.signTxn(from.sk)], soon())
    await expect(node.settled(transaction.txID(), transaction.lastValid, soon(300))).resolves.toBe('pending')
  })

  test('outlasts a node that fails meanwhile', async () => {
    const algod = await serving()
    const node = nodeAt(algod.url)
    const from = funded(algod.chain.ledger)
    const transaction = payment(await suggested(node), { from: from.addr })
    await node.broadcast([transaction.signTxn(from.sk)], soon())
    algod.faults.push({ path: '/v2/status', status: 500, times: 2 })
    await expect(node.settled(transaction.txID(), transaction.lastValid, soon())).resolves.toHaveProperty('round')
  })

  test('throws when no node answered to the end', async () => {
    const algod = await serving()
    algod.faults.push({ path: '/v2/', status: 500 })
    await expect(nodeAt(algod.url).settled('A'.repeat(52), 1n, soon(300))).rejects.toMatchObject({
      code: 'node-unavailable',
    })
  })
})

describe('a simulation', () => {
  test('does without signatures, changes nothing and counts what contracts add', async () => {
    const algod = await serving()
    const node = nodeAt(algod.url)
    const { ledger } = algod.chain
    const from = funded(ledger)
    const application = ledger.makeApplication(generateAccount().addr.toString(), 3)
    const group = grouped(
      payment(await suggested(node, 5_000n), { from: from.addr }),
      call(await suggested(node, 0n), from.addr, application),
    ).map(encodeUnsignedSimulateTransaction)
    await expect(node.simulate(group, soon())).resolves.toEqual({ would: true, inner: 3 })
    await expect(node.account(from.addr.toString(), soon())).resolves.toMatchObject({ balance: 10_000_000n })
  })

  test('says why a group would fail', async () => {
    const algod = await serving()
    const node = nodeAt(algod.url)
    const from = generateAccount()
    const transaction = payment(await suggested(node), { from: from.addr })
    const { would, words } = await node.simulate([encodeUnsignedSimulateTransaction(transaction)], soon())
    expect(would).toBe(false)
    expect(words).toContain('overspend')
  })

  test('takes no wrong signature for a missing one', async () => {
    const algod = await serving()
    const node = nodeAt(algod.url)
    const from = funded(algod.chain.ledger)
    const transaction = payment(await suggested(node), { from: from.addr })
    const signed = transaction.signTxn(from.sk)
    const at = Buffer.from(signed).indexOf('sig') + 10
    signed[at] = (signed[at] ?? 0) ^ 1
    const { would, words } = await node.simulate([signed], soon())
    expect(would).toBe(false)
    expect(words).toContain("didn't pass verification")
  })

  test('takes groups of sixteen', async () => {
    const algod = await serving()
    const node = nodeAt(algod.url)
    const from = funded(algod.chain.ledger)
    const params = await suggested(node)
    const group = Array.from({ length: 16 }, (_, i) => payment(params, { from: from.addr, amount: BigInt(i) }))
    const unsigned = grouped(...group).map(encodeUnsignedSimulateTransaction)
    await expect(node.simulate(unsigned, soon())).resolves.toEqual({ would: true, inner: 0 })
  })
})

describe('a token', () => {
  test('goes from the URL into the header of each service', async () => {
    const algod = await serving({ token: 'a5' })
    const node = createAlgorandNode({ network: testNetwork, urls: [algod.url], indexer: algod.indexerUrl })
    await node.check(soon())
    await expect(node.controlledBy(generateAccount().addr.toString(), soon())).resolves.toEqual([])
  })

  test('that is wrong is told, but not what it was', async () => {
    const algod = await serving({ token: 'a5' })
    const url = new URL(algod.url)
    url.password = 'hunter2'
    const failing = nodeAt(url).check(soon())
    await expect(failing).rejects.toMatchObject({
      code: 'node-refused',
      particulars: { got: expect.stringMatching(/status 401: Invalid API Token/) },
    })
    await expect(failing).rejects.not.toMatchObject({ particulars: { got: expect.stringContaining('hunter2') } })
  })
})

describe('the test server', () => {
  test('is understood by algosdk’s own client', async () => {
    const algod = await serving({ token: 'a5' })
    const client = new Algodv2('a5', 'http://127.0.0.1', algod.url.port)
    const from = funded(algod.chain.ledger)
    const params = await client.getTransactionParams().do()
    const transaction = payment({ ...params, fee: 1_000n, flatFee: true }, { from: from.addr })
    await client.sendRawTransaction(transaction.signTxn(from.sk)).do()
    const { confirmedRound } = await waitForConfirmation(client, transaction.txID(), 4)
    expect(confirmedRound).toBe(algod.chain.round())
    await expect(client.accountInformation(from.addr).do()).resolves.toMatchObject({ amount: 9_999_000n })
  })

  test('runs as a program of its own', async () => {
    const program = fileURLToPath(new URL('./algod/bin.ts', import.meta.url))
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill())
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const { url } = JSON.parse(line) as { url: string }
    const { addr } = generateAccount()
    const body = JSON.stringify({ address: addr.toString(), amount: '5' })
    await fetch(new URL('/_algod/fund', url), { method: 'POST', body })
    await expect(nodeAt(new URL(url)).account(addr.toString(), soon())).resolves.toMatchObject({ balance: 5n })
  })
})
