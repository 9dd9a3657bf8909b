# The Debian package: `./dev package`. What it installs, and where.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # The program is enough; tests are not built for it.
install(TARGETS goodstanding RUNTIME DESTINATION bin)
install(FILES deploy/rules/namss-2025.textproto DESTINATION share/goodstanding/rules)
install(DIRECTORY deploy/examples/import DESTINATION share/doc/goodstanding/examples)
install(FILES deploy/systemd/goodstanding.service deploy/systemd/goodstanding-backup.service
              deploy/systemd/goodstanding-backup.timer
        DESTINATION lib/systemd/system)
install(FILES deploy/debian/environment DESTINATION /etc/goodstanding)
# The manual page is what the program says of itself.
install(CODE "
  execute_process(COMMAND_ERROR_IS_FATAL ANY COMMAND \"${GOODSTANDING_PYTHON}\" -B
    \"${PROJECT_SOURCE_DIR}/deploy/debian/make_man.py\" \"$<TARGET_FILE:goodstanding>\"
    ${PROJECT_VERSION} \"${PROJECT_BINARY_DIR}/goodstanding.1.gz\")
  execute_process(COMMAND_ERROR_IS_FATAL ANY COMMAND gzip -9nc
    \"${PROJECT_SOURCE_DIR}/deploy/debian/changelog\"
    OUTPUT_FILE \"${PROJECT_BINARY_DIR}/changelog.gz\")")
install(FILES "${PROJECT_BINARY_DIR}/goodstanding.1.gz" DESTINATION share/man/man1)
install(FILES deploy/debian/copyright "${PROJECT_BINARY_DIR}/changelog.gz"
        DESTINATION share/doc/goodstanding)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME goodstanding)
set(CPACK_PACKAGE_VENDOR "Goodstanding")
set(CPACK_PACKAGE_CONTACT "Goodstanding <goodstanding@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "system of record of a certification board")
set(CPACK_PACKAGE_DESCRIPTION
    "Who holds a credential, in what standing, until when, and why: a gRPC
 server over an append-only log with signed checkpoints, and its
 command-line tool.")
set(CPACK_SET_DESTDIR ON)  # /etc is an absolute place.
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, tzdata")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${PROJECT_SOURCE_DIR}/deploy/debian/conffiles;${PROJECT_SOURCE_DIR}/deploy/debian/postinst"
    "${PROJECT_SOURCE_DIR}/deploy/debian/prerm;${PROJECT_SOURCE_DIR}/deploy/debian/postrm")
include(CPack)
