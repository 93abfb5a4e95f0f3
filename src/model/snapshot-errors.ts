/** Of snapshots: those that are read, and those that `snapshot` makes. A part of `ERRORS`. */
export const SNAPSHOT_ERRORS = {
  GDE_SNAPSHOT_READ: { summary: 'The snapshot cannot be read', action: 'Check the folder and the file named.' },
  GDE_SNAPSHOT_KIND: {
    summary: 'The snapshot does not hold this kind',
    action: 'Dump the kind too, or list it in snapshot.kinds if there is none of it.',
  },
  GDE_SNAPSHOT_WRITE: {
    summary: 'The snapshot cannot be written',
    action: 'Give --output a folder that is not there yet, or empty, where there is room and the right to write.',
  },
  GDE_SNAPSHOT_LEFT_OUT: {
    summary: 'The snapshot was made without this',
    action:
      'Make it anew with what is missing: `--secrets all` takes every Secret; other kinds need the right to list them.',
  },
} as const
