/** didwebvh-ts looks at this when it is loaded, and writes every log into the working directory where it says `test`. */
process.env["NODE_ENV"] = "production"
