import { connect } from 'node:net' // bad: curves are pure

export const sign = connect
