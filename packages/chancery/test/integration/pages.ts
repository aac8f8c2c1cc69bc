/** What pages say, held against what their commands print. */

/** White space aside, and with `…` for anything. */
export function pattern(prints: string): RegExp {
  const parts = prints
    .replaceAll(/\s/g, '')
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .split('…')
  return new RegExp(`^${parts.join('.*')}$`)
}
