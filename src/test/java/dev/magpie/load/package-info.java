/** Load: clients in a process of their own ({@link dev.magpie.load.CrowdProcess}), servers as others would write them. */
package dev.magpie.load;
