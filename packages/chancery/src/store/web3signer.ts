/**
 * The slashing protection of a Web3Signer, read from its PostgreSQL database (its migrations V00001 to V00012:
 * https://github.com/Consensys/web3signer/tree/master/slashing-protection/src/main/resources/migrations/postgresql).
 */
import pg from 'pg'
import type { Hex } from '../base/bytes.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { Interchange, InterchangeValidator } from '../core/validators.ts'
import { pagesOf, type Page } from './web3signer-pages.ts'

export interface Web3Signer {
  readonly genesisValidatorsRoot: Hex
  readonly validators: number
  /** Its own high watermark, which whoever takes over may want to set again. */
  readonly highWatermark?: { readonly slot?: string; readonly epoch?: string }
  /** Interchanges that are imported one after the other, all of one moment; a validator is in several. */
  parts(): AsyncGenerator<Interchange>
  close(): Promise<void>
}

/** @throws Failed `store-unavailable` when it cannot be reached; Refused `not-found` when it is no such database */
export async function openWeb3Signer(url: string, tls: 'verify' | 'none' = 'none'): Promise<Web3Signer> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    ssl: tls === 'verify' ? { rejectUnauthorized: true } : false,
  })
  client.on('error', () => {})
  await client.connect().catch((cause: unknown) => unreachable(cause))
  try {
    // Nothing of it is changed, and all that is read is of one moment: its signer may still be running.
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const about = await metadata(client)
    return { ...about, parts: () => parts(client, about.genesisValidatorsRoot), close: () => client.end() }
  } catch (error) {
    await client.end()
    throw error instanceof pg.DatabaseError ? notWeb3Signers(error) : error
  }
}

/** The URL holds a password, and what the driver says may hold the URL. */
function unreachable(cause: unknown): never {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  throw new Failed('store-unavailable', `The database of Web3Signer cannot be reached${code}`)
}

function notWeb3Signers({ code }: pg.DatabaseError): Refused {
  return new Refused('not-found', `This is no slashing protection database of Web3Signer (${code ?? 'unknown'})`, {
    hint: 'It needs SELECT on validators, signed_blocks, signed_attestations, low_watermarks and metadata',
  })
}

async function metadata(client: pg.Client) {
  const { rows } = await client.query<{ gvr: string | null; slot: string | null; epoch: string | null; count: string }>(
    `SELECT encode(m.genesis_validators_root, 'hex') AS gvr, m.high_watermark_slot::text AS slot,
       m.high_watermark_epoch::text AS epoch, (SELECT count(*) FROM validators)::text AS count FROM metadata m`,
  )
  const [row] = rows
  if (row?.gvr === undefined || row.gvr === null) {
    throw new Refused('not-found', 'This Web3Signer has not signed anything yet: it names no network')
  }
  const { gvr, slot, epoch, count } = row
  const bounds = { ...(slot !== null && { slot }), ...(epoch !== null && { epoch }) }
  return {
    genesisValidatorsRoot: `0x${gvr}` as const,
    validators: Number(count),
    ...(Object.keys(bounds).length > 0 && { highWatermark: bounds }),
  }
}

/** Watermarks stand where history was pruned: they count as signed. */
async function* parts(client: pg.Client, genesisValidatorsRoot: Hex): AsyncGenerator<Interchange> {
  for (const [table, page] of pagesOf) {
    await client.query(`DECLARE ${table}_cursor NO SCROLL CURSOR FOR ${page.sql}`)
    for (;;) {
      const { rows } = await client.query<Parameters<Page['validator']>[0]>(`FETCH 3000 FROM ${table}_cursor`)
      if (rows.length === 0) break
      yield part(genesisValidatorsRoot, rows.map(page.validator))
    }
    await client.query(`CLOSE ${table}_cursor`)
  }
}

function part(genesisValidatorsRoot: Hex, rows: readonly InterchangeValidator[]): Interchange {
  const validators = [...Map.groupBy(rows, ({ pubkey }) => pubkey)].map(([pubkey, own]) => ({
    pubkey,
    signed_blocks: own.flatMap((one) => one.signed_blocks),
    signed_attestations: own.flatMap((one) => one.signed_attestations),
  }))
  return {
    metadata: { interchange_format_version: '5', genesis_validators_root: genesisValidatorsRoot },
    data: validators,
  }
}
