# SPDX-License-Identifier: Apache-2.0
#
# Pages that are written from include/synward/cause.def: the manual page
# synward-causes(7) and the journal catalog.

add_executable(synward-causes src/pages/causes.c)
target_link_libraries(synward-causes PRIVATE synward-shell synward-flags)
set_target_properties(synward-causes PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/src)

set(synward_causes_manual ${CMAKE_BINARY_DIR}/man/synward-causes.7)
set(synward_causes_catalog ${CMAKE_BINARY_DIR}/synward.catalog)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/man)
foreach(face manual catalog)
  add_custom_command(OUTPUT ${synward_causes_${face}}
    COMMAND synward-causes ${face} ${synward_causes_${face}}
    DEPENDS synward-causes VERBATIM)
endforeach()
add_custom_target(pages ALL
  DEPENDS ${synward_causes_manual} ${synward_causes_catalog})

install(FILES ${synward_causes_manual}
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man7)
install(FILES ${synward_causes_catalog}
  DESTINATION /usr/lib/systemd/catalog)
