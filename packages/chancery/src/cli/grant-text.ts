/** Grants as people write them: `<operations>@<keys>@<networks>`, and where they hold for some addresses only `@<sources>`. */
import type { Client, Grant } from '@chancery/client'
import { operations } from '../core/names.ts'
import { nearest } from '../base/nearest.ts'
import { UsageError, type Given } from './command.ts'

export const grantHelp =
  'A grant, <operations>@<keys>@<networks>[@<sources>], each separated by commas or *; repeatable'

export function grantsOf(given: Given, client: Client): Promise<readonly Grant[]> {
  const idOf = async (key: string) => (await client.keys.get(key)).key.id
  return Promise.all(given.texts('grant').map((text) => parseGrant(text, idOf)))
}

/** Keys may be named as anywhere; a grant holds their ids. */
async function parseGrant(text: string, idOf: (key: string) => Promise<string>): Promise<Grant> {
  const [asked = '', keys = '', networks = '', sources, ...rest] = text.split('@')
  if (rest.length > 0 || keys === '' || networks === '' || sources === '') {
    throw new UsageError(
      `A grant is <operations>@<keys>@<networks>, such as sign:transaction@treasury@eip155:1; got ${text}`,
    )
  }
  return {
    operations: asked.split(',').map(parseOperation),
    keys: keys === '*' ? '*' : await Promise.all(keys.split(',').map(idOf)),
    networks: networks === '*' ? '*' : networks.split(','),
    ...(sources !== undefined && sources !== '*' && { sources: sources.split(',') }),
  }
}

function parseOperation(text: string): Grant['operations'][number] {
  const found = operations.find((operation) => operation === text)
  if (found) return found
  const meant = nearest(text, operations)
  throw new UsageError(
    `There is no operation ${text}.${meant ? ` Did you mean ${meant}?` : ` It is one of ${operations.join(', ')}`}`,
  )
}

/** As `--grant` takes it. */
export function grantText({ operations: asked, keys, networks, sources }: Grant): string {
  const parts = [asked, keys, networks, ...(sources === undefined ? [] : [sources])]
  return parts.map((names) => (typeof names === 'string' ? names : names.join(','))).join('@')
}
