/** The pages of the coins say of networks, fees and dust what the data says. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { knownNetworks } from '../../../src/chains/bitcoin/networks.ts'

const page = (name: string) => readFileSync(new URL(`../../../../../docs/${name}.md`, import.meta.url), 'utf8')
const cells = (line: string) => line.split('|').map((cell) => cell.trim())
const grouped = (amount: bigint) => amount.toLocaleString('en-US')

test('every network, by its CAIP-2 id', () => {
  const rows = page('bitcoin')
    .split('\n')
    .filter((line) => line.includes('`bip122:') && line.startsWith('|'))
    .map(cells)
  const told = rows.map(([, symbol, name = '', id = '']) => [symbol, name.replace(/ .*/, ''), id.replaceAll('`', '')])
  expect(told).toEqual(knownNetworks.map(({ symbol, networkName, network }) => [symbol, networkName, network]))
})

test.each([
  ['litecoin', 'LTC'],
  ['dogecoin', 'DOGE'],
])('the networks and coin types of %s', (name, symbol) => {
  const own = knownNetworks.filter((one) => one.symbol === symbol)
  const lines = page(name).split('\n').map(cells)
  const row = (first: string) => lines.find((line) => line[1] === first)?.slice(2, -1)
  expect(row('CAIP-2 id')).toEqual(own.map(({ network }) => `\`${network}\``))
  expect(row('coin type (SLIP-44)')).toEqual(own.map(({ coinType }) => String(coinType)))
  expect(row('')).toEqual(own.map(({ networkName }) => networkName))
})

/** Bytes of an output and of the input that spends it, as nodes reckon dust. bitcoin/bitcoin: src/policy/policy.cpp */
const spent = { p2wpkh: 31n + 67n, p2pkh: 34n + 148n }

test('fees and dust', () => {
  const rows = page('bitcoin').split('\n').map(cells)
  for (const { symbol, networkName, relayFee, dustRate, dustFloor, bech32 } of knownNetworks) {
    if (networkName !== 'mainnet') continue
    const dust = (size: bigint) => grouped(dustFloor > 0n ? dustFloor : (size * dustRate) / 1000n)
    const told = rows.find((row) => row[1] === symbol && row[2] === grouped(relayFee))
    const segwit = bech32 === undefined ? '–' : dust(spent.p2wpkh)
    expect(told?.slice(2, -1)).toEqual([grouped(relayFee), grouped(relayFee * 10_000n), segwit, dust(spent.p2pkh)])
  }
})
