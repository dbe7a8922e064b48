/** Where the schema registry is and who we are there, as the caller read and checked it. */
export interface RegistrySettings {
  /** http or https, without credentials and without a slash at its end; may have a path, as Apicurio's `/apis/ccompat/v7`. */
  readonly url: string
  /** Name and password go together. */
  readonly user: string | null
  readonly password: string | null
}
