import { testFieldCases } from './field-cases.ts'

testFieldCases(3, 4)
