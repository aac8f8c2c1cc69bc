/** How refusals are written: problem details, or as the users of another API expect them. */
export type ErrorStyle = 'problem' | 'remote-signing' | 'keymanager'
