/** The settings in words: for `--help`, the reference page, and whoever checks the example files. */
import { allSettings, flagOf, isFileSetting, variableOf, type Setting } from './settings.ts'

export interface SettingDescription {
  /** Key of the file; absent where the file cannot hold it. */
  readonly key?: string
  readonly flag: string
  readonly variables: readonly string[]
  readonly value: string
  readonly default: string
  readonly about: string
}

export const settingDescriptions: readonly SettingDescription[] = allSettings.map(describe)

function describe(setting: Setting): SettingDescription {
  const { name, shape, about, alsoVariables } = setting
  return {
    ...(isFileSetting(setting) ? { key: name } : {}),
    flag: `--${flagOf(setting)}`,
    variables: [variableOf(setting), ...alsoVariables],
    value: shape.label,
    default: setting.default,
    about,
  }
}

/** The reference as a Markdown table. */
export function settingsTable(): string {
  const rows = settingDescriptions.map(({ key, flag, variables, about, ...rest }) => {
    const cells = [key ?? '', flag, variables.join(', '), rest.value, rest.default, about]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return ['| key | flag | variable | value | default | about |', '|---|---|---|---|---|---|', ...rows].join('\n')
}
