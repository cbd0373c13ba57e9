# SPDX-License-Identifier: Apache-2.0
#
# cmake -DINPUT=FILE -DOUTPUT=FILE.c -DNAME=NAME -P bytes.cmake
#
# Writes a file's bytes as a C array and its length.

file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "((0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,))"
  "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "#include \"lanes/program_bytes.h\"\n
const unsigned char ${NAME}[] __attribute__((aligned(8))) = {\n${bytes}\n};
const size_t ${NAME}_length = sizeof(${NAME});\n")
