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
  GDE_ZERO_CONFIG: {
    summary: 'Neither apps nor discovery are configured, so it looked where it runs',
    action: 'Nothing, if it found what you want; otherwise name apps or discovery in the config.',
  },
  GDE_METRIC_DENIED: {
    summary: 'A metric that shipped alerts need is not exported',
    action: 'Take it out of metrics.deny, or into metrics.allow; or leave those alerts out.',
  },
  GDE_RIGHT_MISSING: {
    summary: 'Something was found that may not be read',
    action: 'Grant the right with the component that the message names, or leave it: the rest is read all the same.',
  },
} as const
