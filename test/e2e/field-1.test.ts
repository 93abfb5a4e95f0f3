import { testFieldCases } from './field-cases.ts'

testFieldCases(1, 4)
