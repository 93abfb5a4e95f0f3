import type { DatabaseSync } from 'node:sqlite'
import { CodedError } from '../../model/failure.ts'

/**
 * The file's versions, each a step from the one before; `user_version` is how many were taken. A step that was released is never changed.
 * `episodes.document` is the whole episode as JSON; the columns beside it are what is searched by.
 */
const MIGRATIONS = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE apps (
     app TEXT PRIMARY KEY, identity TEXT NOT NULL, history TEXT NOT NULL, sequence TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE episodes (
     id INTEGER PRIMARY KEY, app TEXT NOT NULL, name TEXT NOT NULL, cluster TEXT NOT NULL,
     seen REAL NOT NULL, began REAL NOT NULL, ended REAL, document TEXT NOT NULL,
     UNIQUE (app, seen)
   ) STRICT;
   CREATE INDEX episodes_open ON episodes (app) WHERE ended IS NULL;
   CREATE INDEX episodes_ended ON episodes (ended) WHERE ended IS NOT NULL;
   CREATE INDEX episodes_began ON episodes (began);
   CREATE TABLE gaps (app TEXT NOT NULL, began REAL NOT NULL, ended REAL, reason TEXT NOT NULL) STRICT;
   CREATE INDEX gaps_app ON gaps (app, began);`,
]

export const NEWEST_VERSION = MIGRATIONS.length

/** Brings the file to the newest version. @throws CodedError `GDE_JOURNAL_DAMAGED` for a file of a version that is newer than that */
export function migrate(database: DatabaseSync): void {
  const version = versionOf(database)
  if (version > NEWEST_VERSION)
    throw new CodedError('GDE_JOURNAL_DAMAGED', `the journal is of version ${version}, not ${NEWEST_VERSION}`)
  for (const [index, step] of MIGRATIONS.entries())
    if (index >= version) database.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${index + 1}; COMMIT`)
}

export function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0)
}
