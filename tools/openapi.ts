import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { openApiDocument } from './openapi-document.ts'
import { root } from './source.ts'

writeFileSync(path.join(root, 'openapi.json'), await openApiDocument())
