import { CodedError } from '../model/failure.ts'

/** What a request is signed in with. In the clear: it goes nowhere but into that request. */
export type Login =
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'bearer'; readonly token: string }
  /** A refresh token of a registry, which its token server takes (docker's helpers hand it out for the user `<token>`). */
  | { readonly type: 'identityToken'; readonly token: string }

/** @throws CodedError `GDE_GIT_AUTH` for what no header can hold */
export function authorizationHeader(login: Login): string {
  if (login.type === 'basic') return `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
  if (!/^[\x21-\x7e]+$/.test(login.token))
    throw new CodedError('GDE_GIT_AUTH', 'the token holds what no HTTP header can')
  return `Bearer ${login.token}`
}
