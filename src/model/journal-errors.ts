/** Of the journal. A part of `ERRORS`. */
export const JOURNAL_ERRORS = {
  GDE_JOURNAL_DAMAGED: {
    summary: 'The journal of drift cannot be used',
    action: 'Nothing: it was set aside and a new one begun; what happened before is in the file that was set aside.',
  },
  GDE_JOURNAL_FILESYSTEM: {
    summary: 'The file system cannot carry the write-ahead log of the journal',
    action: 'Put stateDirectory on a disk of this machine; a network file system works, more slowly.',
  },
  GDE_JOURNAL_WRITE: {
    summary: 'The journal of drift cannot be written',
    action: 'Check the free space and the rights of stateDirectory; verdicts go on meanwhile.',
  },
  GDE_JOURNAL_READ: {
    summary: 'The journal of drift cannot be read',
    action: 'Name the stateDirectory of a service that has run, or its journal.db, and make it readable.',
  },
} as const
