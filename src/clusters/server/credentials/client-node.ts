/** What is used of `@kubernetes/client-node`: named here, so that the bundle leaves out the 14 MB of its typed APIs. */
export { KubeConfig } from '@kubernetes/client-node'
