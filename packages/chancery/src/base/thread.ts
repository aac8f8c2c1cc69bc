/** What threads of this process get from it. */

/** No environment, for it may hold secrets, but for where Node keeps compiled code, if anybody said where. */
export function threadEnvironment(): Readonly<Record<string, string>> {
  const { NODE_COMPILE_CACHE } = process.env
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }
}
