import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { generatedFiles } from './generated.ts'
import { root } from './source.ts'

for (const [file, text] of Object.entries(await generatedFiles())) writeFileSync(path.join(root, file), text)
