import { testFieldCases } from './field-cases.ts'

testFieldCases(2, 4)
