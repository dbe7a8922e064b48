/** What is used of solc, which declares no types. */
declare module "solc" {
  const solc: { compile(input: string): string; version(): string }
  export default solc
}
