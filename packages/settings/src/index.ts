export { ConfigurationError } from "./error.ts"
