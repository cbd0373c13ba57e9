# SPDX-License-Identifier: Apache-2.0
#
# The rooms of src/, from the floor up.  A room is a folder and an archive; it
# may use the rooms of lower floors and no others.  scripts/arrows holds the
# includes to this, and tests/rooms the linker.
#
#   synward_room(NAME FLOOR FOLDER...)	makes the archive synward-NAME
#
# Everything above the engine is gathered in synward-shell.

set(SYNWARD_ROOMS)

# => the .c files of these folders; a folder without any is an error
function(synward_sources result)
  set(sources)
  foreach(folder ${ARGN})
    file(GLOB found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*.c)
    if(NOT found)
      message(FATAL_ERROR "no .c file in src/${folder}")
    endif()
    list(APPEND sources ${found})
  endforeach()
  set(${result} ${sources} PARENT_SCOPE)
endfunction()

function(synward_room name floor)
  synward_sources(sources ${ARGN})
  # Where a sanitizer or fuzzer is linked in, the sandbox stays out.
  if(SYNWARD_FREE)
    list(FILTER sources EXCLUDE REGEX "/(sandbox|confine)\\.c$")
  else()
    list(FILTER sources EXCLUDE REGEX "/(sandbox|confine)_none\\.c$")
  endif()
  if(SYNWARD_CLANG AND LIBBPF_FOUND)
    list(FILTER sources EXCLUDE REGEX "/lane_(program|set)_none\\.c$")
  else()
    list(FILTER sources EXCLUDE REGEX "/lane_(program|set)\\.c$")
  endif()
  if(CONNTRACK_FOUND)
    list(FILTER sources EXCLUDE REGEX "/kernel_flows_none\\.c$")
  else()
    list(FILTER sources EXCLUDE REGEX "/kernel_flows\\.c$")
  endif()
  foreach(unpack gzip zstd xz)
    if(unpack IN_LIST SYNWARD_UNPACKS)
      list(FILTER sources EXCLUDE REGEX "/unpack/${unpack}_none\\.c$")
    else()
      list(FILTER sources EXCLUDE REGEX "/unpack/${unpack}\\.c$")
    endif()
  endforeach()
  list(FILTER sources EXCLUDE REGEX "/(synwardd|causes)\\.c$")
  add_library(synward-${name} STATIC ${sources})
  target_include_directories(synward-${name}
    PUBLIC ${CMAKE_SOURCE_DIR}/include PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(synward-${name} PRIVATE synward-flags)
  set(below)
  foreach(room ${SYNWARD_ROOMS})
    if(SYNWARD_FLOOR_${room} LESS floor)
      list(APPEND below synward-${room})
    endif()
  endforeach()
  list(REVERSE below)
  target_link_libraries(synward-${name} PUBLIC ${below})
  set(SYNWARD_FLOOR_${name} ${floor} PARENT_SCOPE)
  set(SYNWARD_ROOMS ${SYNWARD_ROOMS} ${name} PARENT_SCOPE)
endfunction()

# A room of the shell: it may use the libraries, the engine may not.
function(synward_shell_room name floor)
  synward_room(${name} ${floor} ${ARGN})
  target_link_libraries(synward-${name} PUBLIC synward-libraries)
  target_compile_definitions(synward-${name} PUBLIC
    SYNWARD_VERSION="${PROJECT_VERSION}"
    SYNWARD_SYSCONFDIR="/etc/synward")
  set(SYNWARD_FLOOR_${name} ${floor} PARENT_SCOPE)
  set(SYNWARD_ROOMS ${SYNWARD_ROOMS} PARENT_SCOPE)
endfunction()

if(SYNWARD_SHARED_ENGINE)
  # For tests that exchange it while they run: one library.
  synward_sources(sources engine engine/packet engine/policy engine/table
    engine/related engine/sctp engine/tcp diagnose)
  add_library(synward-engine SHARED ${sources})
  target_include_directories(synward-engine
    PUBLIC ${CMAKE_SOURCE_DIR}/include PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(synward-engine PRIVATE synward-flags)
  add_library(synward-diagnose INTERFACE)
  set(SYNWARD_ROOMS engine diagnose)
  set(SYNWARD_FLOOR_engine 0)
  set(SYNWARD_FLOOR_diagnose 0)
else()
  synward_room(engine 0 engine engine/packet engine/policy engine/table
    engine/related engine/sctp engine/tcp)
  synward_room(diagnose 1 diagnose)
  target_compile_options(synward-engine PRIVATE ${SYNWARD_LTO_OBJECTS})
  target_compile_options(synward-diagnose PRIVATE ${SYNWARD_LTO_OBJECTS})
endif()

synward_shell_room(base 1 base)
synward_shell_room(unpack 1 unpack)
synward_shell_room(net 2 net)
synward_shell_room(shards 2 shards)
synward_shell_room(lanes 2 lanes)
synward_shell_room(conf 3 conf conf/check)
synward_shell_room(report 4 report)
synward_shell_room(log 5 log)
synward_shell_room(replay 5 replay)
synward_shell_room(protocol 5 protocol)
synward_shell_room(pipeline 6 pipeline)
synward_shell_room(pages 6 pages)
synward_shell_room(state 7 state)
synward_shell_room(control 8 control)
synward_shell_room(process 8 process)
synward_shell_room(daemon 9 daemon)

add_library(synward-shell INTERFACE)
target_include_directories(synward-shell INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(synward-shell INTERFACE synward-daemon synward-process
  synward-control synward-pages synward-replay)
