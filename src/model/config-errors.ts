/** Codes of what the config says, or leaves open. */
export const CONFIG_ERRORS = {
  GDE_CONFIG_READ: { summary: 'The config file cannot be read', action: 'Check that the file is there and readable.' },
  GDE_CONFIG_SYNTAX: {
    summary: 'The config file is not YAML that can be used',
    action: 'Mend the YAML at the line given.',
  },
  GDE_CONFIG_INVALID: {
    summary: 'The config file says something that it cannot mean',
    action: 'Compare with docs/config.md; `validate` shows all errors at once.',
  },
} as const
