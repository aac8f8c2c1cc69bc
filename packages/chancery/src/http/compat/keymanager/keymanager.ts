/** What all its routes share: an API key as bearer token, errors as that API writes them, 403 for a wrong token. */
export const keymanager = {
  part: 'compatible',
  needs: 'validators',
  access: 'client',
  errors: 'keymanager',
} as const
