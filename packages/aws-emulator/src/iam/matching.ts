/** IAM lets every list of one be written without its brackets. */
export function asList<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return []
  return isList(value) ? value : [value]
}

const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value)

/** IAM wildcards: `*` is any run of characters, `?` exactly one. */
export function like(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(value)
}
