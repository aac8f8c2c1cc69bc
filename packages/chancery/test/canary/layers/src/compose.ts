import { routes } from './http/routes.ts'
import { chains } from './chains.ts'

export const house = [routes, chains]
