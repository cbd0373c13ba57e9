# SPDX-License-Identifier: Apache-2.0
#
# The target programs is what cmake --install needs: the programs, and the pages
# that are generated.  In a build of everything it comes first, so that synward
# can be used while its tests are still being built, or do not build.

set(SYNWARD_PROGRAMS)
foreach(program synwardd synwardctl synward-monitor)
  if(TARGET ${program})
    list(APPEND SYNWARD_PROGRAMS ${program})
  endif()
endforeach()
add_custom_target(programs ALL)
add_dependencies(programs ${SYNWARD_PROGRAMS} pages)

# synward_build_first(FOLDER...): nothing in these is built before the programs.
function(synward_build_first)
  foreach(folder ${ARGN})
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    foreach(target ${targets})
      get_target_property(type ${target} TYPE)
      if(NOT type STREQUAL "INTERFACE_LIBRARY")
        add_dependencies(${target} programs)
      endif()
    endforeach()
    get_property(inner DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
    if(inner)
      synward_build_first(${inner})
    endif()
  endforeach()
endfunction()
