/** What configuration needs of the file system, as something handed in. */
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

export interface Files {
  /** `undefined` where there is no such file. `mode` is the permission bits. */
  read(path: string): { readonly text: string; readonly mode: number } | undefined
  /** The absolute path with symbolic links resolved, as far as it exists. */
  realPath(path: string): string
}

export const systemFiles: Files = {
  read(path) {
    try {
      return { text: readFileSync(path, 'utf8'), mode: statSync(path).mode & 0o777 }
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  },
  realPath,
}

function realPath(path: string): string {
  const absolute = resolve(path)
  try {
    return realpathSync(absolute)
  } catch (error) {
    const parent = dirname(absolute)
    if (!isAbsent(error) || parent === absolute) throw error
    return join(realPath(parent), basename(absolute))
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
