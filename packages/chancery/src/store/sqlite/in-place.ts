/** Whether the files that are written are still the ones their names lead to. */
import { statSync } from 'node:fs'

/** SQLITE_IOERR_VNODE, "moved or deleted while it is open": SQLite says so itself only where the system tells it. */
const ioErrorVnode = 10 | (27 << 8)

/**
 * A file that was deleted, moved or replaced goes on taking commits, which are gone with the process. Call it after a
 * commit and before the answer: then nobody is told `recorded` of what only a nameless file holds.
 * @throws an error with the extended result code of an I/O error, so that the store ends
 */
export function openInPlace(path: string): () => void {
  const files = [path, `${path}-wal`].map((file) => ({ file, opened: identityOf(file) }))
  return () => {
    for (const { file, opened } of files) {
      if (identityOf(file) === opened) continue
      throw Object.assign(new Error(`${file} was moved, deleted or replaced while it was in use`), {
        errcode: ioErrorVnode,
      })
    }
  }
}

function identityOf(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false })
  return found && `${found.dev} ${found.ino}`
}
