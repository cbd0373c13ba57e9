# SPDX-License-Identifier: Apache-2.0
#
# cmake --build build --target uninstall
#
# Removes what the last cmake --install of this tree has installed, under the
# same DESTDIR, and the folders that are empty then.  What is the user's stays:
# configuration that has been edited, and logs.

set(manifest "@CMAKE_BINARY_DIR@/install_manifest.txt")
set(source "@CMAKE_SOURCE_DIR@")
set(root "$ENV{DESTDIR}")

# The file that this one below /etc was copied from
function(original_of path result)
  string(REGEX REPLACE "^/etc/synward/" "" name "${path}")
  if(path STREQUAL "/etc/logrotate.d/synward")
    set(name logrotate)
  endif()
  set(${result} "${source}/conf/${name}" PARENT_SCOPE)
endfunction()

function(is_edited path result)
  set(${result} FALSE PARENT_SCOPE)
  if(path MATCHES "^/etc/")
    original_of("${path}" original)
    execute_process(COMMAND "@CMAKE_COMMAND@" -E compare_files
      "${root}${path}" "${original}" RESULT_VARIABLE differs
      OUTPUT_QUIET ERROR_QUIET)
    if(differs)
      set(${result} TRUE PARENT_SCOPE)
    endif()
  endif()
endfunction()

# Folders of ours go when nothing is left in them.
function(remove_empty_folder path)
  while(path MATCHES "/synward(/|$)" OR path MATCHES "/opt/")
    file(GLOB left "${root}${path}/*" "${root}${path}/.*")
    list(FILTER left EXCLUDE REGEX "/\\.\\.?$")
    if(left OR NOT IS_DIRECTORY "${root}${path}")
      return()
    endif()
    file(REMOVE_RECURSE "${root}${path}")
    get_filename_component(path "${path}" DIRECTORY)
  endwhile()
endfunction()

if(NOT EXISTS "${manifest}")
  message(FATAL_ERROR
    "${manifest} is missing: nothing was installed from this tree")
endif()
file(STRINGS "${manifest}" installed)
# An installation over edited configuration does not list it, and an earlier
# one may have installed what now is nobody's work.
file(GLOB_RECURSE kept RELATIVE "${source}/conf"
  "${source}/conf/synward.conf" "${source}/conf/related/*.conf")
list(TRANSFORM kept PREPEND /etc/synward/)
list(APPEND installed ${kept} /etc/logrotate.d/synward)
list(REMOVE_DUPLICATES installed)
foreach(path ${installed})
  if(NOT EXISTS "${root}${path}" AND NOT IS_SYMLINK "${root}${path}")
    continue()
  endif()
  is_edited("${path}" edited)
  if(edited)
    message(STATUS "Kept, because it is not as delivered: ${root}${path}")
    continue()
  endif()
  message(STATUS "Removing: ${root}${path}")
  file(REMOVE "${root}${path}")
  get_filename_component(folder "${path}" DIRECTORY)
  remove_empty_folder("${folder}")
endforeach()

if(root STREQUAL "")
  execute_process(COMMAND journalctl --update-catalog
    RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
endif()
