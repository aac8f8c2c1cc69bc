export interface Older {} // bad: older types
