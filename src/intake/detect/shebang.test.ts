import { expect, it } from 'vitest'
import { parseShebang } from './shebang.ts'

it.each([
  ['#!/bin/bash', 'bash'],
  ['#!/bin/sh -e', 'bash'],
  ['#! /usr/bin/python3.12', 'python'],
  ['#!/usr/bin/env python', 'python'],
  ['#!/usr/bin/env -S node --no-warnings', 'node'],
  ['#!/usr/bin/env -S A=1 node', 'node'],
  ['#!/usr/bin/env ruby finish.rb bash', null],
  ['#!/usr/bin/pythonista', null],
  ['#!/bin/zsh', null],
  ['import bash', null],
  ['#!', null],
])('%s → %s', (line, expected) => {
  expect(parseShebang(line)).toBe(expected)
})
