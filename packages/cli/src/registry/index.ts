/** What answers others by TRQP 2.0, for programs that are a registry themselves. */
export { trqpRoutes } from "./serve.ts"
