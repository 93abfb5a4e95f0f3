import { testFieldCases } from './field-cases.ts'

testFieldCases(4, 4)
