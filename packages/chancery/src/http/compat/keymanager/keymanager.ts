/** What all routes of the Keymanager API share: an API key as bearer token, and errors as that API writes them. */
export const keymanager = {
  part: 'compatible',
  needs: 'validators',
  access: 'client',
  errors: 'keymanager',
} as const
