/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An empty program: see CMakeLists.txt here.
 */

int
main(void)
{
	return 0;
}
