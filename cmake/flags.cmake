# SPDX-License-Identifier: Apache-2.0
#
# One interface target with the warnings and the hardening every part of
# synward is built with.

add_library(synward-flags INTERFACE)
target_compile_options(synward-flags INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wswitch-enum -Wvla -Wpointer-arith -Wcast-qual -Wwrite-strings
  -Wformat=2 -Wundef -Wimplicit-fallthrough
  -fno-common -fstack-protector-strong -fno-strict-aliasing)
target_compile_definitions(synward-flags INTERFACE _GNU_SOURCE)

# Sanitizers look into the plain functions, not into their checked copies.
if(CMAKE_BUILD_TYPE MATCHES "Rel" AND NOT SYNWARD_SANITIZE)
  target_compile_options(synward-flags INTERFACE
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(synward-flags INTERFACE -fstack-clash-protection)
else()
  # libseccomp's macros leave fields out, which GCC does not mind there, and so
  # do Check's; a flow may lie within a test's struct.  SHELL: keeps this behind
  # -Wextra also where a target names one of these itself.
  target_compile_options(synward-flags INTERFACE
    "SHELL:-Wno-missing-field-initializers"
    "SHELL:-Wno-gnu-variable-sized-type-not-at-end")
endif()
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  target_compile_options(synward-flags INTERFACE -fcf-protection)
endif()

# The string instructions GCC prefers for clearing and copying structs take
# as long to start as all of a packet's parsing.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND
    CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set(strategy vector_loop:192:noalign,libcall:-1:noalign)
  target_compile_options(synward-flags INTERFACE
    -mmemset-strategy=${strategy} -mmemcpy-strategy=${strategy})
endif()

# A packet passes many small functions of several files.  The archive holds
# both what a plain linker takes (tests) and what one that optimizes across
# files takes (programs, benchmarks).
set(SYNWARD_LTO)
set(SYNWARD_LTO_OBJECTS)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE MATCHES "Rel" AND
    NOT SYNWARD_SANITIZE)
  set(SYNWARD_LTO_OBJECTS -flto=auto -ffat-lto-objects)
  add_library(synward-lto INTERFACE)
  target_link_options(synward-lto INTERFACE -flto=auto)
  set(SYNWARD_LTO synward-lto)
endif()

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
target_link_options(synward-flags INTERFACE
  -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
target_link_options(synward-flags INTERFACE
  $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)

if(SYNWARD_SANITIZE)
  add_compile_options(-fsanitize=${SYNWARD_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SYNWARD_SANITIZE})
endif()

# What reads memory maps, starts threads or writes files of its own can not
# live in the sandbox.  UndefinedBehaviorSanitizer alone can: it only adds
# checks, and writes to stderr before it ends the process.
set(SYNWARD_FREE OFF)
if(SYNWARD_FUZZ OR SYNWARD_COVERAGE OR
    SYNWARD_SANITIZE MATCHES "address|thread")
  set(SYNWARD_FREE ON)
endif()
# A fuzzer finds what an assertion tells it; optimised builds have none.
if(SYNWARD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link -UNDEBUG)
endif()
if(SYNWARD_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
