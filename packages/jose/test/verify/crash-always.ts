/** A verifying thread that cannot even start. */
throw new Error("broken")
